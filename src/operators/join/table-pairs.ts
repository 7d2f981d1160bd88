/** The join of two whole tables, a bounded number of pairs at a time: what batch mode emits at the end. */

import { NO_REF } from '../../state/index.ts';
import type { JoinState } from './join-state.ts';

type EmitPair = (left: unknown, right: unknown, timestamp: number) => void;

/**
 * Goes through all pairs of rows of one key that match, and through the rows of outer sides that have none (their mark is
 * the number of their matches). The tables must not change meanwhile.
 */
export class TablePairs {
  readonly #state: JoinState;
  readonly #leftOuter: boolean;
  readonly #rightOuter: boolean;
  readonly #where: ((left: unknown, right: unknown) => boolean) | undefined;
  readonly #ids: IterableIterator<number>;
  #id = -1;
  #left: number = NO_REF;
  /** The right row to pair next with `#left`; once there is no left row, the right row to look at alone. */
  #right: number = NO_REF;
  #alone = false;

  constructor(
    state: JoinState,
    outer: { readonly leftOuter: boolean; readonly rightOuter: boolean },
    where: ((left: unknown, right: unknown) => boolean) | undefined,
  ) {
    this.#state = state;
    this.#leftOuter = outer.leftOuter;
    this.#rightOuter = outer.rightOuter;
    this.#where = where;
    this.#ids = state.keys.ids();
  }

  /** Emits results while looking at no more than `max` pairs; false while there are more. */
  next(max: number, emit: EmitPair): boolean {
    const { left, right } = this.#state;
    for (let looked = 0; looked < max; looked++) {
      if (this.#left !== NO_REF) this.#pair(emit);
      else if (this.#alone) {
        const ref = this.#right;
        if (ref === NO_REF) this.#alone = false;
        else {
          if (right.markOf(ref) === 0) emit(undefined, right.show(ref), right.timeOf(ref));
          this.#right = right.next(ref);
        }
      } else {
        const { value, done } = this.#ids.next();
        if (done) return true;
        this.#id = value;
        this.#left = left.first(value);
        this.#right = right.first(value);
        this.#alone = this.#rightOuter;
      }
    }
    return false;
  }

  #pair(emit: EmitPair): void {
    const { left, right } = this.#state;
    const l = this.#left;
    const r = this.#right;
    const where = this.#where;
    if (r !== NO_REF) {
      const row = left.show(l);
      const other = right.show(r);
      if (where === undefined || where(row, other)) {
        emit(row, other, Math.max(left.timeOf(l), right.timeOf(r)));
      }
      this.#right = right.next(r);
    }
    if (this.#right !== NO_REF) return;
    if (this.#leftOuter && left.markOf(l) === 0) emit(left.show(l), undefined, left.timeOf(l));
    this.#left = left.next(l);
    this.#right = right.first(this.#id);
  }
}
