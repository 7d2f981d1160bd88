/** Law of src/state/row-table-snapshots.ts: a restored table holds the same; a keyed backend reads the snapshot too. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { murmur32 } from '../../src/base/index.ts';
import { compileCodec, f64, i32, Memory, record, utf8 } from '../../src/record/index.ts';
import {
  createKeyedBackend,
  HeapValuePart,
  NO_REF,
  offsetOf,
  QuotaAccount,
  RowTable,
  RowTableSnapshots,
  RowValuePart,
} from '../../src/state/index.ts';
import type { KeyedSnapshot } from '../../src/state/index.ts';

interface Count {
  word: string;
  part: number;
  n: number;
}
const Count = record('Count', { word: utf8, part: f64, n: i32 });
const codec = compileCodec(Count);
const access = codec.key(['word', 'part']);
const NONE = -7;
const GROUPS = 16;

/** A table with the things that a rolling operator keeps beside it. */
class Kept {
  readonly account: QuotaAccount = new QuotaAccount('test', Infinity);
  readonly table: RowTable;
  readonly snapshots: RowTableSnapshots;
  readonly #scratch: Memory = Memory.ofBytes(1 << 12);

  constructor(timestamps: boolean, keyed = true) {
    const { account } = this;
    const key = keyed ? access : { equalBytes: () => true };
    this.table = new RowTable({ key, fixedBytes: codec.fixedBytes, account, timestamps });
    this.snapshots = new RowTableSnapshots({
      operatorName: 'test',
      maxParallelism: GROUPS,
      table: this.table,
      type: Count,
      codec,
      keyFields: keyed ? access.fields : undefined,
      keyOf: (ref) => {
        const view = codec.createView();
        view.bind(this.table.memoryOf(ref));
        view.at = offsetOf(ref);
        return access.valueOf(view);
      },
      noTimestamp: NONE,
    });
  }

  put(row: Count, timestamp: number): void {
    const bytes = codec.write(row, this.#scratch, 8);
    const hash = murmur32(access.hashBytes(this.#scratch, 8));
    let ref = this.table.find(this.#scratch, 8, hash);
    if (ref === NO_REF) ref = this.table.insertCopy(this.#scratch, 8, bytes, hash);
    else ref = this.table.replaceCopy(ref, this.#scratch, 8, bytes);
    if (this.table.timestamps) this.table.setTimestamp(ref, timestamp);
  }

  /** Rows with what stands beside them, in no order. */
  content(): unknown[] {
    const rows: [string, unknown][] = [];
    for (let ref = this.table.first; ref !== NO_REF; ref = this.table.next(ref)) {
      const row = codec.read(this.table.memoryOf(ref), offsetOf(ref));
      const time = this.table.timestamps ? this.table.timestampOf(ref) : NONE;
      rows.push([`${row.word} ${row.part}`, [row, this.table.hashOf(ref), time]]);
    }
    return rows.toSorted(([a], [b]) => (a < b ? -1 : 1));
  }
}

const rowsOf = fc.array(
  fc.record({
    word: fc.string({ maxLength: 3, unit: 'binary' }).map((word) => word.toWellFormed()),
    part: fc.constantFrom(0, -0, 1.5, NaN, Infinity),
    n: fc.integer(),
  }),
  { maxLength: 60, size: 'max' },
);

function restored(
  snapshots: readonly KeyedSnapshot[],
  timestamps: boolean,
  range: readonly [number, number] = [0, GROUPS - 1],
): Kept {
  const kept = new Kept(timestamps);
  kept.snapshots.restore(snapshots, ...range);
  return kept;
}

describe('snapshots of tables of rows', () => {
  it('give tables with the same rows, hashes and timestamps, which take rows of the same keys', () => {
    fc.assert(
      fc.property(rowsOf, rowsOf, fc.boolean(), (rows, later, timestamps) => {
        const kept = new Kept(timestamps);
        rows.forEach((row, i) => kept.put(row, i));
        const snapshot = kept.snapshots.take(kept.table.first);
        later.forEach((row, i) => kept.put(row, 100 + i));
        const copy = restored([snapshot], timestamps);
        later.forEach((row, i) => copy.put(row, 100 + i));
        expect(copy.content()).toEqual(kept.content());
        expect(copy.account.usedBytes).toBe(copy.table.bytes);
      }),
      { numRuns: 60 },
    );
  });

  it('are dealt out by key group, and gathered again', () => {
    fc.assert(
      fc.property(rowsOf, fc.integer({ min: 0, max: GROUPS - 2 }), (rows, last) => {
        const kept = new Kept(true);
        rows.forEach((row, i) => kept.put(row, i));
        const snapshot = kept.snapshots.take(kept.table.first);
        const halves = [
          restored([snapshot], true, [0, last]),
          restored([snapshot], true, [last + 1, GROUPS - 1]),
        ].map(({ snapshots, table }) => snapshots.take(table.first));
        expect(restored(halves, true).content()).toEqual(kept.content());
      }),
      { numRuns: 30 },
    );
  });

  it('are read by a keyed backend with the same keys and parts', () => {
    const kept = new Kept(false);
    const row = { word: 'a', part: 2, n: 3 };
    kept.put(row, 0);
    const backend = createKeyedBackend({
      operatorName: 'test',
      account: new QuotaAccount('test', Infinity),
      maxParallelism: GROUPS,
      inputs: [
        { type: Count, codec, key: { access, valueOf: (row) => access.valueOf(row as Count) } },
      ],
    });
    const part = new RowValuePart<Count>(backend, { name: 'row', type: Count });
    backend.register(part);
    backend.restore([kept.snapshots.take(kept.table.first)], 0, GROUPS - 1, 'drop');
    const [id] = backend.keys.ids();
    expect(backend.keys.keyOf(id!)).toEqual(['a', 2]);
    expect(part.view(id!)?.copy()).toEqual(row);
  });

  it('hold the rows from the one that they begin with', () => {
    const kept = new Kept(false);
    for (const word of ['a', 'b', 'c']) kept.put({ word, part: 0, n: 1 }, 0);
    const snapshot = kept.snapshots.take(kept.table.next(kept.table.first));
    const words = restored([snapshot], false)
      .content()
      .map((each) => (each as [string])[0]);
    expect(words).toEqual(['b 0', 'c 0']);
  });

  it('lose their timestamps in a table that has none, and have none where they were taken of one', () => {
    const row = { word: 'a', part: 1, n: 1 };
    const timed = new Kept(true);
    timed.put(row, 5);
    const plain = restored([timed.snapshots.take(timed.table.first)], false);
    expect(plain.table.size).toBe(1);
    const again = restored([plain.snapshots.take(plain.table.first)], true);
    expect(again.table.timestampOf(again.table.first)).toBe(NONE);
  });

  it('give the one row of a stream that is not keyed', () => {
    const kept = new Kept(false, false);
    kept.put({ word: 'a', part: 1, n: 1 }, 0);
    const snapshot = kept.snapshots.take(kept.table.first);
    expect(snapshot.key.generic).toBe(true);
    const copy = new Kept(false, false);
    copy.snapshots.restore([snapshot], 0, GROUPS - 1);
    expect(copy.content()).toEqual(kept.content());
  });

  it('of other parts or keys are refused by name', () => {
    const account = new QuotaAccount('test', Infinity);
    const key = { access: undefined, valueOf: (row: unknown) => (row as Count).word };
    const inputs = [{ type: undefined, codec: undefined, key }];
    const options = { operatorName: 'test', account, maxParallelism: GROUPS, inputs };
    const refusal = (name: string, kind: string): unknown => {
      const backend = createKeyedBackend(options);
      const part = new HeapValuePart<number>(backend, { name, kind });
      backend.register(part);
      part.set(backend.keys.intern('a', 1), 1);
      try {
        return restored([backend.snapshot()], false);
      } catch (error) {
        return error;
      }
    };
    expect(refusal('other', 'value')).toMatchObject({ code: 'ERR_STATE_UNKNOWN_PART' });
    expect(refusal('row', 'list')).toMatchObject({ code: 'ERR_STATE_PART_KIND' });
    expect(refusal('row', 'value')).toMatchObject({ code: 'ERR_STATE_KEY_TYPE' });
  });
});
