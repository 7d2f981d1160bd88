/** What a model of a query is: its result by plain loops over arrays, obviously right and as slow as it likes. */

import type { Column } from '../checksum.ts';
import type { PlainEvent } from '../generator-events.ts';
import type { Auction, Bid, Person } from '../generator-records.ts';

/** Events by kind, each in the order of arrival. */
export interface Events {
  readonly persons: readonly Person[];
  readonly auctions: readonly Auction[];
  readonly bids: readonly Bid[];
}

/** A row of a result, in the order of the model's columns. */
export type ResultRow = readonly Column[];

/** One query. */
export interface Model {
  /** Names of the result's columns; decimals are in units of their last place, times are milliseconds. */
  readonly columns: readonly string[];
  /** Whether the query emits changes; `rows` is the final table then. */
  readonly updating: boolean;
  /** All rows of the result, in any order. */
  rows(events: Events): ResultRow[];
}

/** Events by kind. */
export function byKind(events: readonly PlainEvent[]): Events {
  return {
    persons: events.flatMap(({ person }) => person ?? []),
    auctions: events.flatMap(({ auction }) => auction ?? []),
    bids: events.flatMap(({ bid }) => bid ?? []),
  };
}

/** Items by a key, keys and items in the order of their first appearance. */
export function groupBy<K, T>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** All columns of a bid. */
export function bidColumns(bid: Bid): ResultRow {
  const { auction, bidder, price, channel, url, dateTime, extra } = bid;
  return [auction, bidder, price, channel, url, dateTime, extra];
}

/** Names written side by side. */
export function words(text: string): string[] {
  return text.split(' ');
}

/** `yyyy-MM-dd` of a time in UTC. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** `HH:mm` of a time in UTC. */
export function minuteOf(time: number): string {
  return new Date(time).toISOString().slice(11, 16);
}

/** SQL's average of integers: towards zero. */
export function integerMean(values: readonly number[]): number {
  return Math.trunc(values.reduce((sum, value) => sum + value, 0) / values.length);
}
