/** The mean price of a seller's winning bids up to each of them, kept up to date as winners change. */

import { RowKind, valueState } from 'millrace';
import type { ChangeCollector, ProcessContext } from 'millrace';
import { integerMean } from './query.ts';

/** A winning bid, as changes of the table of winners bring it. */
export interface SoldItem {
  readonly id: number;
  readonly seller: number;
  readonly price: number;
  readonly bidTime: number;
}

/** A result. */
export interface SellerMean {
  readonly seller: number;
  readonly mean: number;
}

/** How many winning bids a mean takes in: the one at hand and those before it. */
const BIDS_OF_MEAN = 11;

const sold = valueState<readonly SoldItem[]>('sold');

/** Keeps a seller's winning bids in the order of their time, and tells of the means that a change moves. */
export class SellerMeans {
  readonly states = [sold];

  processElement(
    row: SoldItem,
    context: ProcessContext<number>,
    out: ChangeCollector<SellerMean>,
  ): void {
    const state = context.getState(sold);
    const before = state.value() ?? [];
    const { id, seller, price, bidTime } = row;
    const adds = context.rowKind === RowKind.insert || context.rowKind === RowKind.updateAfter;
    const at = adds
      ? before.findIndex((other) => isBefore({ id, bidTime }, other))
      : before.findIndex((other) => other.id === id && other.bidTime === bidTime);
    const place = at < 0 ? before.length : at;
    const after = adds
      ? before.toSpliced(place, 0, { id, seller, price, bidTime })
      : before.toSpliced(place, 1);
    // A mean takes in the winner at its own place and ten before it, so what lies further behind does not see the change.
    const beforeEnd = Math.min(before.length, place + BIDS_OF_MEAN - (adds ? 1 : 0));
    for (let i = place; i < beforeEnd; i++) {
      out.collectChange(RowKind.delete, { seller, mean: meanAt(before, i) });
    }
    const afterEnd = Math.min(after.length, place + BIDS_OF_MEAN - (adds ? 0 : 1));
    for (let i = place; i < afterEnd; i++) {
      out.collectChange(RowKind.insert, { seller, mean: meanAt(after, i) });
    }
    if (after.length === 0) state.clear();
    else state.update(after);
  }
}

function isBefore(
  a: { readonly id: number; readonly bidTime: number },
  b: { readonly id: number; readonly bidTime: number },
): boolean {
  return a.bidTime < b.bidTime || (a.bidTime === b.bidTime && a.id < b.id);
}

function meanAt(items: readonly SoldItem[], at: number): number {
  const first = Math.max(0, at - BIDS_OF_MEAN + 1);
  let sum = 0;
  for (let i = first; i <= at; i++) sum += items[i]!.price;
  return integerMean(sum / (at - first + 1));
}
