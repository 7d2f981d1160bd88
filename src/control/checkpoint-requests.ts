/** Who asked for a checkpoint, and what they are told. Main thread. */

import type { ProtocolCommand } from '../checkpoint/index.ts';
import type { CheckpointInfo } from './checkpoint-types.ts';

/** Requests by the number that comes back with the answer. */
export class CheckpointRequests {
  #next = 0;
  readonly #answers = new Map<number, PromiseWithResolvers<CheckpointInfo>>();
  /** Of those that are complete and were asked for. */
  readonly #infos = new Map<number, CheckpointInfo>();

  /** Somebody asks. */
  begin(): { readonly request: number; readonly answer: Promise<CheckpointInfo> } {
    const request = this.#next++;
    const answer = Promise.withResolvers<CheckpointInfo>();
    this.#answers.set(request, answer);
    return { request, answer: answer.promise };
  }

  /** A checkpoint that was asked for is complete; its answer follows. */
  know(info: CheckpointInfo): void {
    this.#infos.set(info.checkpoint, info);
  }

  answer({ request, checkpoint, error }: Extract<ProtocolCommand, { kind: 'answer' }>): void {
    const answer = this.#answers.get(request);
    this.#answers.delete(request);
    if (error === undefined) answer?.resolve(this.#infos.get(checkpoint!)!);
    else answer?.reject(error);
    this.#infos.delete(checkpoint ?? -1);
  }
}
