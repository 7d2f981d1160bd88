/** The mean price of a seller's winning bids up to each of them, kept up to date as winners change. */

import { listState, RowKind, valueState } from 'millrace';
import type { ChangeCollector, OnTimerContext, ProcessContext } from 'millrace';
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
/** Means are brought up to date when the watermark passes a multiple of so many ms, as in a mini-batch. */
const LATENCY_MS = 2000;

/** A winner that came or went. */
interface Change extends SoldItem {
  readonly adds: boolean;
}

/** A seller's winners in the order of their time, as the results say it. */
const sold = valueState<readonly SoldItem[]>('sold');
/** What came since. */
const changes = listState<Change>('changes');

/**
 * Keeps a seller's winning bids in the order of their time, and tells of the means that changes move: of many at once, since
 * each moves eleven means, and most winners are soon outbid.
 */
export class SellerMeans {
  readonly states = [sold, changes];

  processElement(row: SoldItem, context: ProcessContext<number>): void {
    const pending = context.getListState(changes);
    if (pending.isEmpty) {
      const timers = context.timerService();
      const due = Math.floor(timers.currentWatermark() / LATENCY_MS) + 1;
      timers.registerEventTimeTimer(due * LATENCY_MS);
    }
    const { id, seller, price, bidTime } = row;
    const adds = context.rowKind === RowKind.insert || context.rowKind === RowKind.updateAfter;
    pending.add({ id, seller, price, bidTime, adds });
  }

  onTimer(_time: number, context: OnTimerContext<number>, out: ChangeCollector<SellerMean>): void {
    const seller = context.key;
    const state = context.getState(sold);
    const pending = context.getListState(changes);
    const before = state.value() ?? [];
    const after = changed(before, pending.get());
    pending.clear();
    // What lies before the first change is as it was, and so are means that see none.
    let first = 0;
    while (first < before.length && before[first] === after[first]) first++;
    let same = 0;
    const sameMax = Math.min(before.length, after.length) - first;
    while (same < sameMax && before.at(-1 - same) === after.at(-1 - same)) same++;
    const seen = Math.max(0, same - BIDS_OF_MEAN + 1);
    const old = meansOf(before, first, before.length - seen);
    const now = meansOf(after, first, after.length - seen);
    for (let i = 0, j = 0; i < old.length || j < now.length;) {
      const mean = Math.min(old[i] ?? Infinity, now[j] ?? Infinity);
      if (old[i] === now[j]) {
        i++;
        j++;
      } else if (old[i] === mean) {
        i++;
        out.collectChange(RowKind.delete, { seller, mean });
      } else {
        j++;
        out.collectChange(RowKind.insert, { seller, mean });
      }
    }
    if (after.length === 0) state.clear();
    else if (first < before.length || first < after.length) state.update(after);
  }
}

/** The winners after changes; those that stay are the very same objects. */
function changed(before: readonly SoldItem[], pending: Iterable<Change>): readonly SoldItem[] {
  const after = [...before];
  for (const { adds, ...item } of pending) {
    let at = after.length;
    while (at > 0 && isBefore(item, after[at - 1]!)) at--;
    if (adds) after.splice(at, 0, item);
    else if (at > 0 && !isBefore(after[at - 1]!, item)) after.splice(at - 1, 1);
  }
  return after;
}

function isBefore(a: SoldItem, b: SoldItem): boolean {
  return a.bidTime < b.bidTime || (a.bidTime === b.bidTime && a.id < b.id);
}

/** The means at the places from `start` to before `end`, in ascending order. */
function meansOf(items: readonly SoldItem[], start: number, end: number): readonly number[] {
  const means: number[] = [];
  for (let at = start; at < end; at++) means.push(meanAt(items, at));
  return means.sort((a, b) => a - b);
}

function meanAt(items: readonly SoldItem[], at: number): number {
  const first = Math.max(0, at - BIDS_OF_MEAN + 1);
  let sum = 0;
  for (let i = first; i <= at; i++) sum += items[i]!.price;
  return integerMean(sum / (at - first + 1));
}
