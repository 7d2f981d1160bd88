/**
 * The latest timer of each key id: what tells most registrations to be new, or known, without looking for them.
 *
 * Keys register timers mostly in the order of time, and the same one for many rows. A time beyond every one that the key
 * has registered is new for certain; the very timer that was the latest is known for certain, while it has neither fired
 * nor been deleted. Only about the others something must be looked up.
 *
 *     columns   0 [ time; 0 for none, 1/2 for time 0 ]   1 [ namespace ]
 *
 * Law (test/state/timer-service.property.test.ts): the time of an id is at least that of every timer that it has. Ids that
 * another key gets keep what is here, which costs look-ups and is never wrong.
 */

import { WordColumns } from './id-columns.ts';
import type { MemoryAccount } from './memory-account.ts';

/** The time is beyond all that the id registered. */
export const BEYOND = 1;
/** This is the latest timer that the id registered. */
export const LATEST = 2;

/** Of one service. Owner: the subtask's worker. */
export class NewestTimers {
  readonly #columns: WordColumns;

  constructor(account: MemoryAccount) {
    this.#columns = new WordColumns(account, 2);
  }

  /** `BEYOND`, `LATEST` or 0 for neither; sees to it that it can be noted. @throws ERR_STATE_QUOTA */
  compare(id: number, namespace: number, time: number): number {
    const columns = this.#columns;
    if (id >= columns.capacity) columns.ensure(id);
    const page = columns.pages[id >>> columns.shift]!;
    const at = (id & columns.mask) << 1;
    const latest = page[at]!;
    const stored = time === 0 ? 0.5 : time;
    if (latest === 0 || stored > latest) return BEYOND;
    return stored === latest && page[at + 1] === namespace ? LATEST : 0;
  }

  /** A timer beyond all others of the id was registered; `compare` came before. */
  note(id: number, namespace: number, time: number): void {
    const columns = this.#columns;
    const page = columns.pages[id >>> columns.shift]!;
    const at = (id & columns.mask) << 1;
    page[at] = time === 0 ? 0.5 : time;
    page[at + 1] = namespace;
  }

  /** A timer was deleted: it is not known any more. */
  forget(id: number, namespace: number, time: number): void {
    const columns = this.#columns;
    if (id >= columns.capacity || this.compare(id, namespace, time) !== LATEST) return;
    columns.set(id, 1, Number.NaN);
  }

  /** Gives back all bytes. */
  dispose(): void {
    this.#columns.dispose();
  }
}
