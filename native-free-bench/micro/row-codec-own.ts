/** Our side of the row codec's benchmark: a view, a compiled codec, texts passed on as slices. */

import { compileCodec, Memory } from '#src/record/index';
import type { RecordType, RowCodec } from '#src/record/index';

/** More than a row and its frame header take. */
const BYTES_PER_ROW = 256;

/** A row as plain data. */
export interface BidRow {
  readonly auction: number;
  readonly price: number;
  readonly weight: number;
  readonly channel: string;
  readonly url: string;
  readonly extra: string;
}

/** Rows in shared memory, each behind its frame header, and room for those written from them. */
export class OwnBids {
  readonly #codec: RowCodec<BidRow>;
  readonly #from: Memory;
  readonly #to: Memory;
  readonly #offsets: Int32Array;
  readonly #input: ReturnType<RowCodec<BidRow>['createView']>;
  readonly #output: ReturnType<RowCodec<BidRow>['createView']>;
  readonly rowBytes: number;

  constructor(type: RecordType<BidRow>, rows: readonly BidRow[]) {
    this.#codec = compileCodec(type);
    this.#to = new Memory(new SharedArrayBuffer(rows.length * BYTES_PER_ROW));
    this.#offsets = new Int32Array(rows.length);
    this.#from = new Memory(new SharedArrayBuffer(rows.length * BYTES_PER_ROW));
    let at = 0;
    for (const [index, row] of rows.entries()) {
      this.#offsets[index] = at + 8;
      const length = this.#codec.write(row, this.#from, at + 8);
      this.#from.i32[at >> 2] = length;
      at += 8 + length;
    }
    this.rowBytes = this.#from.i32[(this.#offsets[0]! - 8) >> 2]!;
    this.#input = this.#codec.createView();
    this.#input.bind(this.#from);
    this.#output = this.#codec.createView();
    this.#output.bind(this.#to);
  }

  step(): number {
    const input = this.#input;
    const output = this.#output;
    const memory = this.#to;
    const offsets = this.#offsets;
    const codec = this.#codec;
    let sum = 0;
    let at = 8;
    for (let index = 0; index < offsets.length; index++) {
      input.at = offsets[index]!;
      const length = codec.write(
        {
          auction: input.auction,
          price: 2 * input.price + 1,
          weight: input.weight,
          channel: input.sliceOf('channel')!,
          url: input.sliceOf('url')!,
          extra: input.sliceOf('extra')!,
        },
        memory,
        at,
      );
      output.at = at;
      sum += output.auction + output.price + output.weight;
      at += 8 + length;
    }
    return sum;
  }

  written(): BidRow[] {
    this.step();
    const rows: BidRow[] = [];
    let at = 8;
    for (let index = 0; index < this.#offsets.length; index++) {
      const row = this.#codec.read(this.#to, at);
      rows.push(row);
      at += 8 + this.#codec.write(row, new Memory(new ArrayBuffer(512)), 0);
    }
    return rows;
  }
}
