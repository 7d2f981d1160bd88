/** Law: the generated driver of a chain and its plain twin emit the same frames in the same order, byte for byte (untyped rows: value for value). */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { discard, generator } from '../../src/connectors/index.ts';
import { WRITTEN_WORD } from '../../src/exchange/ring-layout.ts';
import { boundedOutOfOrderness, job } from '../../src/graph/index.ts';
import type { Job } from '../../src/graph/index.ts';
import {
  bool,
  f64,
  FrameKind,
  FRAME_KIND_SHIFT,
  genericCodec,
  i32,
  i64,
  Memory,
  nullable,
  PAYLOAD_BYTES_MASK,
  record,
  utf8,
} from '../../src/record/index.ts';
import { runJob } from '../../src/testing/index.ts';

interface Row {
  id: number;
  name: string | null;
  amount: number;
  big: bigint;
  flag: boolean;
}

const RowType = record('Row', {
  id: i32,
  name: nullable(utf8),
  amount: f64,
  big: i64.asBigInt(),
  flag: bool,
});

const OPERATORS = ['filter', 'map', 'retype', 'flatMap', 'process', 'two'] as const;
const ROUTES = [
  'rebalance',
  'rescale',
  'shuffle',
  'broadcast',
  'global',
  'custom',
  'keyField',
  'keyFields',
  'keyFunction',
] as const;

interface Shape {
  readonly typed: boolean;
  readonly watermarks: boolean;
  readonly rows: number;
  readonly first: readonly (typeof OPERATORS)[number][];
  readonly firstRoute: (typeof ROUTES)[number];
  readonly second: readonly (typeof OPERATORS)[number][];
  readonly fold: 'none' | 'sum' | 'min' | 'maxBy' | 'reduce';
  readonly secondRoute: (typeof ROUTES)[number];
  readonly maxParallelism: number;
}

const shapes: fc.Arbitrary<Shape> = fc.record({
  typed: fc.boolean(),
  watermarks: fc.boolean(),
  rows: fc.integer({ min: 0, max: 90 }),
  first: fc.array(fc.constantFrom(...OPERATORS), { maxLength: 3 }),
  firstRoute: fc.constantFrom(...ROUTES),
  second: fc.array(fc.constantFrom(...OPERATORS), { maxLength: 3 }),
  fold: fc.constantFrom('none', 'sum', 'min', 'maxBy', 'reduce'),
  secondRoute: fc.constantFrom(...ROUTES),
  maxParallelism: fc.constantFrom(4, 128, 150),
});

function rowOf(i: number): Row {
  return {
    id: i,
    name: i % 7 === 0 ? null : `näme-${'x'.repeat(i % 13)}`,
    amount: i / 3,
    big: BigInt(i) ** 5n,
    flag: i % 2 === 0,
  };
}

/** Streams with one type, whatever the calls: what is compared are bytes. */
interface Rows {
  filter(fn: (row: Row) => boolean): Rows;
  map(fn: (row: Row) => Row, type: unknown): Rows;
  flatMap(fn: (row: Row, out: { collect(row: Row): void }) => void, type: unknown): Rows;
  process(fn: object, type: unknown): Rows;
  getSideOutput(tag: string, type: unknown): Rows;
  partitionCustom(route: (row: Row, parallelism: number) => number): Rows;
  keyBy(...selector: unknown[]): Rows;
  reduce(fn: (a: Row, b: Row) => Row): Rows;
  sum(field: string): Rows;
  min(field: string): Rows;
  maxBy(field: string): Rows;
  rebalance(): Rows;
  rescale(): Rows;
  shuffle(): Rows;
  broadcast(): Rows;
  global(): Rows;
  sinkTo(sink: unknown): Rows;
  setParallelism(parallelism: number): Rows;
}

function jobOf(shape: Shape): Job {
  const type = shape.typed ? RowType : (undefined as unknown as typeof RowType);
  const apply = (stream: Rows, names: Shape['first']): Rows => {
    let rows = stream;
    for (const name of names) {
      if (name === 'filter') rows = rows.filter((row: Row) => row.id % 5 !== 1);
      else if (name === 'map') {
        rows = rows.map(
          (row: Row) => ({
            id: row.id + 1,
            name: row.name,
            amount: row.amount * 2,
            big: -row.big,
            flag: !row.flag,
          }),
          type,
        );
      } else if (name === 'retype') rows = rows.map((row: Row) => row, type);
      else if (name === 'flatMap') {
        rows = rows.flatMap((row: Row, out: { collect(row: Row): void }) => {
          for (let k = 0; k < row.id % 3; k++) out.collect(row);
        }, type);
      } else if (name === 'process') {
        rows = rows.process(
          {
            processElement(
              row: Row,
              context: { output(tag: string, row: unknown): void },
              out: { collect(row: Row): void },
            ) {
              if (row.flag) context.output('flagged', row);
              out.collect(row);
            },
          },
          type,
        );
        rows.getSideOutput('flagged', type).rebalance().sinkTo(discard()).setParallelism(2);
      } else {
        // A second way out of the same operator.
        rows
          .filter((row: Row) => row.id % 2 === 0)
          .rebalance()
          .sinkTo(discard())
          .setParallelism(2);
      }
    }
    return rows;
  };
  const routed = (stream: Rows, route: Shape['firstRoute'], spread: number): Rows => {
    if (route === 'custom')
      return stream.partitionCustom((row: Row, parallelism: number) => row.id % parallelism);
    if (route === 'keyField') return stream.keyBy('id');
    if (route === 'keyFields') return stream.keyBy('id', 'flag');
    if (route === 'keyFunction') return stream.keyBy((row: Row) => row.id % spread);
    return stream[route]();
  };
  return job('twins', { maxParallelism: shape.maxParallelism }, (env) => {
    const source = env.fromSource(
      generator<Row>({
        count: shape.rows,
        splits: 1,
        row: (i) => rowOf(i),
        ...(shape.typed ? { type: RowType } : {}),
      }),
      shape.watermarks ? boundedOutOfOrderness((row: Row) => row.id * 10, 5) : undefined,
    );
    let rows = routed(apply(source as unknown as Rows, shape.first), shape.firstRoute, 5);
    const keyed = shape.firstRoute.startsWith('key');
    if (keyed && shape.fold !== 'none') {
      rows =
        shape.fold === 'reduce'
          ? rows.reduce((a: Row, b: Row) => ({
              id: a.id,
              name: b.name,
              amount: a.amount + b.amount,
              big: a.big,
              flag: a.flag,
            }))
          : rows[shape.fold]('amount');
    } else rows = rows.filter((row: Row) => row.id >= 0);
    rows = rows.setParallelism(3);
    routed(apply(rows, shape.second), shape.secondRoute, 3)
      .filter(() => true)
      .setParallelism(2)
      .sinkTo(discard())
      .setParallelism(2);
  });
}

/** All frames of every channel but pads, as text. */
async function framesOf(shape: Shape, codegen: boolean): Promise<string[][]> {
  const { run, plan } = await runJob(jobOf(shape), {
    codegen,
    // The drivers as they are, with the forms that they inline.
    guardRows: false,
    parallelism: 3,
    ringBytes: 262_144,
    seed: 7,
  });
  return run.rings.map((ring, channel) => {
    const memory = new Memory(ring.data);
    const written = new Int32Array(ring.control)[WRITTEN_WORD]!;
    const prefix = plan.edges[plan.channels[channel]!.edge]!.timestamps ? 8 : 0;
    expect(written).toBeLessThan(ring.capacityBytes);
    const frames: string[] = [];
    for (let at = 0; at < written;) {
      const word = memory.i32[(at + prefix) >> 2]!;
      const bytes = prefix + 8 + (word & PAYLOAD_BYTES_MASK);
      const kind = word >>> FRAME_KIND_SHIFT;
      if (kind === FrameKind.row && !shape.typed) frames.push(untyped(memory, at, prefix));
      else if (kind !== FrameKind.pad) {
        frames.push(Buffer.from(memory.u8.subarray(at, at + bytes)).toString('hex'));
      }
      at += bytes;
    }
    return frames;
  });
}

/** Timestamp, hash and value: structured clone writes the number 2 as an integer or a double, as V8 happens to hold it. */
function untyped(memory: Memory, at: number, prefix: number): string {
  const timestamp = prefix === 0 ? '' : memory.f64[at >> 3];
  const hash = memory.i32[(at + prefix + 4) >> 2];
  const value = JSON.stringify(generic.read(memory, at + prefix + 8), (_, part: unknown) =>
    typeof part === 'bigint' ? `${part}n` : part,
  );
  return `${timestamp} ${hash} ${value}`;
}

const generic = genericCodec();

describe('the two drivers of a chain', () => {
  test('write the same frames for any chain and any routing', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const generated = await framesOf(shape, true);
        const plain = await framesOf(shape, false);
        expect(generated).toEqual(plain);
        // Every channel says at least its end.
        expect(Math.min(...plain.map((frames) => frames.length))).toBeGreaterThan(0);
      }),
      { numRuns: 60 },
    );
  });
});
