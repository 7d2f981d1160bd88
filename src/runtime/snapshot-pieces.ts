/** Writes what subtasks held at a barrier between the steps of their worker: a bounded piece at a time, one subtask after the other. */

import { setImmediate as nextEventLoopTurn } from 'node:timers/promises';
import type { Clock } from '../base/index.ts';
import type { SubtaskState } from '../checkpoint/index.ts';
import type { SnapshotProgress } from '../state/index.ts';
import type { SubtaskSnapshot } from './subtask-states.ts';

/** Longest piece, and the keys between two looks at the clock. */
const PIECE_MS = 1;
const KEYS_AT_ONCE = 128;
/** Keys of a piece, for a clock that stands still. */
const PIECE_KEYS_MAX = 8192;

/** Owner: the worker. */
export class SnapshotPieces {
  readonly #clock: Clock;
  #last: Promise<void> = Promise.resolve();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Settles when all keys are written. @throws what a part of the state threw */
  run({ operators }: SubtaskSnapshot): Promise<void> {
    const held = Object.values(operators).flatMap(({ keyed }) => keyed?.progress ?? []);
    if (held.length === 0) return Promise.resolve();
    const written = this.#last.then(() => this.#all(held));
    this.#last = written.catch(() => undefined);
    return written;
  }

  async #all(held: readonly SnapshotProgress[]): Promise<void> {
    for (const progress of held) {
      do await nextEventLoopTurn();
      while (!this.#piece(progress));
    }
  }

  #piece(progress: SnapshotProgress): boolean {
    const endMs = this.#clock.monotonicMs() + PIECE_MS;
    for (let keys = 0; keys < PIECE_KEYS_MAX; keys += KEYS_AT_ONCE) {
      if (progress.advance(KEYS_AT_ONCE)) return true;
      if (this.#clock.monotonicMs() >= endMs) return false;
    }
    return false;
  }
}

/** The state of a subtask once all keys are written. */
export function writtenState({ operators, splits, finished }: SubtaskSnapshot): SubtaskState {
  const held = Object.entries(operators).map(([uid, { keyed, operator }]) => {
    if (keyed === undefined) return [uid, { keyed, operator }] as const;
    const { version, key, parts, groups, progress } = keyed;
    const changes = progress?.changes ?? [];
    return [uid, { keyed: { version, key, parts, groups, changes }, operator }] as const;
  });
  return { operators: Object.fromEntries(held), splits, finished };
}
