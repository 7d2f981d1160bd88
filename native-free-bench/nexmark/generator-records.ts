/** The record types of Nexmark: persons, auctions, bids, and the event that is one of them. */

import { i64, nullable, record, timestamp, u8, utf8 } from '#src/record/index';
import type { RowOf } from '#src/record/index';

/** Somebody who sells or bids. */
export const Person = record('Person', {
  id: i64,
  name: utf8,
  emailAddress: utf8,
  creditCard: utf8,
  city: utf8,
  state: utf8,
  dateTime: timestamp,
  extra: utf8,
});
export type Person = RowOf<typeof Person>;

/** Something for sale; prices in cents. */
export const Auction = record('Auction', {
  id: i64,
  itemName: utf8,
  description: utf8,
  initialBid: i64,
  reserve: i64,
  dateTime: timestamp,
  expires: timestamp,
  seller: i64,
  category: i64,
  extra: utf8,
});
export type Auction = RowOf<typeof Auction>;

/** An offer for an auction; the price in cents. */
export const Bid = record('Bid', {
  auction: i64,
  bidder: i64,
  price: i64,
  channel: utf8,
  url: utf8,
  dateTime: timestamp,
  extra: utf8,
});
export type Bid = RowOf<typeof Bid>;

/** Kinds of events. */
export const EventKind = { person: 0, auction: 1, bid: 2 } as const;
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

/** One of the three; the other two are null. */
export const NexmarkEvent = record('NexmarkEvent', {
  kind: u8,
  dateTime: timestamp,
  person: nullable(Person),
  auction: nullable(Auction),
  bid: nullable(Bid),
});
export type NexmarkEvent = RowOf<typeof NexmarkEvent>;

/** Which rows a source emits: of one kind; all as events; or all, each kind to an output of its own. */
export type Selection = EventKind | 'all' | 'streams';

/** Side outputs of a source that emits each kind to an output of its own; bids go to the main one. */
export const AUCTIONS = 'auctions';
export const PERSONS = 'persons';
