/** Outputs that refuse every other step, as those of a subtask with a slow consumer do. */

import type { Subtask } from '../runtime/index.ts';

/** From now on the chain finds no room every other time it asks. */
export function refuseSteps(chain: Subtask['chain']): void {
  const hasRoom = chain.hasRoom.bind(chain);
  let refuse = false;
  chain.hasRoom = (bytes) => {
    refuse = !refuse;
    return !refuse && hasRoom(bytes);
  };
}
