/** The peer of the row codec: the official `flatbuffers` runtime, used as the code that flatc generates uses it. */

import { Builder, ByteBuffer, Encoding } from 'flatbuffers';

import type { BidRow } from './row-codec-own.ts';

/** Numbers of a table at vtable offsets 4, 6 and 8. */
export interface OfficialNumbers {
  auction(table: OfficialBid): number;
  price(table: OfficialBid): number;
  weight(table: OfficialBid): number;
  add(builder: Builder, auction: number, price: number, weight: number): void;
}

/** A reader as generated: repositioned, every field through its vtable. */
export class OfficialBid {
  bb: ByteBuffer = new ByteBuffer(new Uint8Array(8));
  at = 0;

  init(at: number, bb: ByteBuffer): this {
    this.at = at;
    this.bb = bb;
    return this;
  }

  root(bb: ByteBuffer): this {
    return this.init(bb.readInt32(bb.position()) + bb.position(), bb);
  }

  textBytes(entry: number): Uint8Array {
    const offset = this.bb.__offset(this.at, entry);
    return this.bb.__string(this.at + offset, Encoding.UTF8_BYTES) as Uint8Array;
  }

  text(entry: number): string {
    const offset = this.bb.__offset(this.at, entry);
    return this.bb.__string(this.at + offset) as string;
  }
}

/** int, int, double. */
export const plainNumbers: OfficialNumbers = {
  auction({ bb, at }) {
    const offset = bb.__offset(at, 4);
    return offset ? bb.readInt32(at + offset) : 0;
  },
  price({ bb, at }) {
    const offset = bb.__offset(at, 6);
    return offset ? bb.readInt32(at + offset) : 0;
  },
  weight({ bb, at }) {
    const offset = bb.__offset(at, 8);
    return offset ? bb.readFloat64(at + offset) : 0;
  },
  add(builder, auction, price, weight) {
    builder.addFieldInt32(0, auction, 0);
    builder.addFieldInt32(1, price, 0);
    builder.addFieldFloat64(2, weight, 0);
  },
};

/** long, long, long: bigints in this runtime. */
export const longNumbers: OfficialNumbers = {
  auction({ bb, at }) {
    const offset = bb.__offset(at, 4);
    return offset ? Number(bb.readInt64(at + offset)) : 0;
  },
  price({ bb, at }) {
    const offset = bb.__offset(at, 6);
    return offset ? Number(bb.readInt64(at + offset)) : 0;
  },
  weight({ bb, at }) {
    const offset = bb.__offset(at, 8);
    return offset ? Number(bb.readInt64(at + offset)) : 0;
  },
  add(builder, auction, price, weight) {
    builder.addFieldInt64(0, BigInt(auction), 0n);
    builder.addFieldInt64(1, BigInt(price), 0n);
    builder.addFieldInt64(2, BigInt(weight), 0n);
  },
};

/** Rows as buffers of the official Builder, and one Builder that is reused for every row written from them. */
export class OfficialBids {
  readonly #numbers: OfficialNumbers;
  readonly #rows: readonly ByteBuffer[];
  readonly #builder = new Builder(1024);
  readonly #input = new OfficialBid();
  readonly #output = new OfficialBid();

  constructor(numbers: OfficialNumbers, rows: readonly BidRow[]) {
    this.#numbers = numbers;
    this.#rows = rows.map((row) => {
      const builder = new Builder(256);
      const channel = builder.createString(row.channel);
      const url = builder.createString(row.url);
      const extra = builder.createString(row.extra);
      this.#finish(builder, row.auction, row.price, row.weight, channel, url, extra);
      return new ByteBuffer(builder.asUint8Array());
    });
  }

  step(): number {
    let sum = 0;
    for (const row of this.#rows) sum += this.#one(row);
    return sum;
  }

  written(): BidRow[] {
    const numbers = this.#numbers;
    return this.#rows.map((row) => {
      this.#one(row);
      const bid = this.#output;
      return {
        auction: numbers.auction(bid),
        price: numbers.price(bid),
        weight: numbers.weight(bid),
        channel: bid.text(10),
        url: bid.text(12),
        extra: bid.text(14),
      };
    });
  }

  #one(row: ByteBuffer): number {
    const numbers = this.#numbers;
    const builder = this.#builder;
    const bid = this.#input.root(row);
    builder.clear();
    const channel = builder.createString(bid.textBytes(10));
    const url = builder.createString(bid.textBytes(12));
    const extra = builder.createString(bid.textBytes(14));
    const price = 2 * numbers.price(bid) + 1;
    const auction = numbers.auction(bid);
    this.#finish(builder, auction, price, numbers.weight(bid), channel, url, extra);
    const out = this.#output.root(builder.dataBuffer());
    return numbers.auction(out) + numbers.price(out) + numbers.weight(out);
  }

  #finish(
    builder: Builder,
    auction: number,
    price: number,
    weight: number,
    channel: number,
    url: number,
    extra: number,
  ): void {
    builder.startObject(6);
    this.#numbers.add(builder, auction, price, weight);
    builder.addFieldOffset(3, channel, 0);
    builder.addFieldOffset(4, url, 0);
    builder.addFieldOffset(5, extra, 0);
    builder.finish(builder.endObject());
  }
}
