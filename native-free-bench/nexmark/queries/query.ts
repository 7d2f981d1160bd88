/** What a query is: a job over the three streams, and how its result rows go into the checksum. */

import type { OperatorStream, Stream } from 'millrace';
import type { TableChecksum } from '../checksum.ts';
import type { Auction, Bid, Person } from '../generator-records.ts';

/** The events by kind, with timestamps and watermarks. */
export interface NexmarkStreams {
  readonly bids: OperatorStream<Bid>;
  readonly auctions: Stream<Auction>;
  readonly persons: Stream<Person>;
}

/** One query. `T` is its result. */
export interface Query<T = never> {
  /** The stream of results. */
  build(streams: NexmarkStreams): Stream<T>;
  /** Adds the columns of one row, in the order of the model's. */
  columns(row: T, checksum: TableChecksum): void;
}

/** Mini-batches of continuous aggregates, as Flink's in the published runs, with its two phases. */
export const MINI_BATCH = { latency: '2s', keys: 50_000, preAggregate: 'on' } as const;

/** The calendar day of a time in UTC, `yyyy-MM-dd`; kept from call to call, since events of one day come together. */
export class DayNames {
  #day = NaN;
  #name = '';

  nameOf(time: number): string {
    const day = Math.floor(time / 86_400_000);
    if (day !== this.#day) {
      this.#day = day;
      this.#name = new Date(time).toISOString().slice(0, 10);
    }
    return this.#name;
  }
}

/** The minute of a time in UTC, `HH:mm`; kept from call to call. */
export class MinuteNames {
  #minute = NaN;
  #name = '';

  nameOf(time: number): string {
    const minute = Math.floor(time / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#name = new Date(time).toISOString().slice(11, 16);
    }
    return this.#name;
  }
}

/** All columns of a bid. */
export function bidColumns(bid: Bid, checksum: TableChecksum): void {
  checksum.int(bid.auction);
  checksum.int(bid.bidder);
  checksum.int(bid.price);
  checksum.textOf(bid, 'channel');
  checksum.textOf(bid, 'url');
  checksum.int(bid.dateTime);
  checksum.textOf(bid, 'extra');
}

/** Columns of an auction but its id. */
export interface Item {
  readonly itemName: string;
  readonly description: string;
  readonly initialBid: number;
  readonly reserve: number;
  readonly expires: number;
  readonly seller: number;
  readonly category: number;
}

/** Columns of an auction but its id, in their order. */
export function itemColumns<E extends string>(
  item: Item & { readonly [K in E]: string },
  dateTime: number,
  extra: E,
  checksum: TableChecksum,
): void {
  checksum.textOf(item, 'itemName');
  checksum.textOf(item, 'description');
  checksum.int(item.initialBid);
  checksum.int(item.reserve);
  checksum.int(dateTime);
  checksum.int(item.expires);
  checksum.int(item.seller);
  checksum.int(item.category);
  checksum.textOf(item, extra);
}

/** SQL's average of integers: towards zero. */
export function integerMean(mean: number): number {
  return Math.trunc(mean);
}
