/** Makes a view that was kept after its call fail loudly. */

import type { RowViewBase } from '../../src/record/index.ts';

const trap: never = new Proxy(
  {},
  {
    get: () => {
      throw new Error('a view was used after the call that it was passed to');
    },
  },
) as never;

/** From here on, reading any field through the view throws. */
export function poisonView(view: RowViewBase): void {
  for (const field of ['memory', 'u8', 'u16', 'i32', 'f32', 'f64'] as const) view[field] = trap;
}
