/**
 * Writes generated events as rows behind frame headers, and shows them through views.
 * Owner: one reader. Hot path: nothing is allocated per row.
 */

import { compileCodec, Memory, RowSlice } from '#src/record/index';
import type { RowCodec, RowInput, RowView } from '#src/record/index';
import { EventGenerator } from './generator.ts';
import type { NexmarkConfig } from './generator-config.ts';
import { Auction, Bid, EventKind, Person } from './generator-records.ts';
import type { NexmarkEvent } from './generator-records.ts';

/** More than a row and its header take. */
export const ROW_BYTES_MAX = 1024;
/** Header before a row: its length, then its kind. */
export const HEADER_BYTES = 8;

/** A row as the codec takes it: texts as slices. */
type Draft<T> = { -readonly [K in keyof RowInput<T>]: RowInput<T>[K] };

/** Writes the event that a generator holds. */
export class EventWriter {
  readonly #generator: EventGenerator;
  readonly #person: RowCodec<Person> = compileCodec(Person);
  readonly #auction: RowCodec<Auction> = compileCodec(Auction);
  readonly #bid: RowCodec<Bid> = compileCodec(Bid);
  readonly #personRow: Draft<Person>;
  readonly #auctionRow: Draft<Auction>;
  readonly #bidRow: Draft<Bid>;

  constructor(generator: EventGenerator, texts: boolean) {
    this.#generator = generator;
    const { name, emailAddress, creditCard, extra, cities, states, channels, urls } = generator;
    const none = new RowSlice();
    const filler = texts ? extra.slice : none;
    this.#personRow = {
      id: 0,
      name: name.slice,
      emailAddress: emailAddress.slice,
      creditCard: creditCard.slice,
      city: texts ? cities.slice : none,
      state: texts ? states.slice : none,
      dateTime: 0.5,
      extra: filler,
    };
    this.#auctionRow = {
      id: 0,
      itemName: generator.itemName.slice,
      description: generator.description.slice,
      initialBid: 0,
      reserve: 0,
      dateTime: 0.5,
      expires: 0.5,
      seller: 0,
      category: 0,
      extra: filler,
    };
    this.#bidRow = {
      auction: 0,
      bidder: 0,
      price: 0,
      channel: texts ? channels.slice : none,
      url: texts ? urls.slice : none,
      dateTime: 0.5,
      extra: filler,
    };
  }

  /**
   * Writes header and row at `at` (a multiple of 8), where `ROW_BYTES_MAX` bytes are free.
   *
   * @returns bytes taken, a multiple of 8
   */
  write(memory: Memory, at: number): number {
    const { kind } = this.#generator;
    const rowBytes = this.#writeRow(kind, memory, at + HEADER_BYTES);
    memory.i32[at >> 2] = rowBytes;
    memory.i32[(at + 4) >> 2] = kind;
    return HEADER_BYTES + rowBytes;
  }

  #writeRow(kind: EventKind, memory: Memory, at: number): number {
    const event = this.#generator;
    if (kind === EventKind.bid) {
      const row = this.#bidRow;
      row.auction = event.auction;
      row.bidder = event.bidder;
      row.price = event.price;
      row.dateTime = event.dateTime;
      return this.#bid.write(row, memory, at);
    }
    if (kind === EventKind.auction) {
      const row = this.#auctionRow;
      row.id = event.id;
      row.initialBid = event.initialBid;
      row.reserve = event.reserve;
      row.dateTime = event.dateTime;
      row.expires = event.expires;
      row.seller = event.seller;
      row.category = event.category;
      return this.#auction.write(row, memory, at);
    }
    const row = this.#personRow;
    row.id = event.id;
    row.dateTime = event.dateTime;
    return this.#person.write(row, memory, at);
  }
}

/** The views of one reader; `show` moves one of them. They are valid until the next `show`. */
export class EventViews implements NexmarkEvent {
  kind: EventKind = EventKind.person;
  dateTime = 0.5;
  person: RowView<Person> | null = null;
  auction: RowView<Auction> | null = null;
  bid: RowView<Bid> | null = null;
  readonly #person: RowView<Person> = compileCodec(Person).createView();
  readonly #auction: RowView<Auction> = compileCodec(Auction).createView();
  readonly #bid: RowView<Bid> = compileCodec(Bid).createView();

  /** Looks at another memory from now on. */
  bind(memory: Memory): void {
    this.#person.bind(memory);
    this.#auction.bind(memory);
    this.#bid.bind(memory);
  }

  /** Shows the row behind the header at `at`. */
  show(kind: EventKind, at: number): this {
    this.kind = kind;
    this.person = null;
    this.auction = null;
    this.bid = null;
    if (kind === EventKind.bid) this.dateTime = (this.bid = this.bidAt(at)).dateTime;
    else if (kind === EventKind.auction) {
      this.dateTime = (this.auction = this.auctionAt(at)).dateTime;
    } else this.dateTime = (this.person = this.personAt(at)).dateTime;
    return this;
  }

  personAt(at: number): RowView<Person> {
    this.#person.at = at + HEADER_BYTES;
    return this.#person;
  }

  auctionAt(at: number): RowView<Auction> {
    this.#auction.at = at + HEADER_BYTES;
    return this.#auction;
  }

  bidAt(at: number): RowView<Bid> {
    this.#bid.at = at + HEADER_BYTES;
    return this.#bid;
  }
}

/** What makes, writes and shows the events of one subtask, one at a time. */
export class EventMachine {
  readonly generator: EventGenerator;
  readonly writer: EventWriter;
  readonly views: EventViews = new EventViews();
  /** Room for one row. */
  readonly memory: Memory = Memory.ofBytes(ROW_BYTES_MAX);

  constructor(config: NexmarkConfig) {
    this.generator = new EventGenerator(config);
    this.writer = new EventWriter(this.generator, config.texts);
  }
}
