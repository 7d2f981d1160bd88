/**
 * One step of a typical operator on a row of about 100 bytes, three numbers and three texts: read the numbers, write a new
 * row with other numbers and the same texts, read its numbers back. Ours writes in place at constant offsets and passes
 * the texts on as words; the official runtime uses a reused Builder and readers as flatc generates them, its texts as
 * bytes too, and is spared the copy out of the Builder. The bar is a ratio of 10.
 *
 * Two cases: numbers that both sides hold as plain numbers, and 64-bit integers, which the official runtime reads and
 * writes as bigint.
 */

import { Bench } from 'tinybench';

import { f64, i32, i64, record, utf8 } from '#src/record/index';
import { beside } from '../beside.ts';
import { expectAnswer, pairs, parameter, warmUp } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';
import type * as Official from './row-codec-official.ts';
import type * as Own from './row-codec-own.ts';

const ROWS = 1024;
const samples = parameter('samples', 2, 40);
const pairCount = parameter('pairs', 2, 11);

const texts = { channel: utf8, url: utf8, extra: utf8 };
const cases = [
  {
    label: 'int, int, double',
    type: record('PlainBid', { auction: i32, price: i32, weight: f64, ...texts }),
    numbers: 'plainNumbers',
  },
  {
    label: 'long, long, long',
    type: record('LongBid', { auction: i64, price: i64, weight: i64, ...texts }),
    numbers: 'longNumbers',
  },
] as const;

export const benchmark: Benchmark = {
  name: 'row-codec',
  threads: 1,
  topology: `
    1,024 rows --> view --> codec.write --> row --> view --> checksum            measured
    1,024 rows --> flatbuffers reader --> Builder --> row --> reader --> checksum   ceiling column: the official runtime
  `,
  run,
};

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const { label, type, numbers } of cases) {
    const rows = Array.from({ length: ROWS }, (_, index) => bidRow(index));
    const expected = rows.reduce(
      (sum, { auction, price, weight }) => sum + auction + (2 * price + 1) + weight,
      0,
    );
    const { OwnBids } = await freshModule<typeof Own>('own', label);
    const peer = await freshModule<typeof Official>('official', label);
    const ours = new OwnBids(type, rows);
    const official = new peer.OfficialBids(peer[numbers], rows);
    const timed = (name: string, step: () => number) => (): number => {
      expectAnswer(expected, step(), `checksum of ${name}, ${label}`);
      return rowsPerSecond(step, samples(options));
    };
    const runOurs = timed('codec', () => ours.step());
    const runOfficial = timed('flatbuffers', () => official.step());
    expectAnswer(rows.map(nextRow), ours.written(), `rows of codec, ${label}`);
    expectAnswer(rows.map(nextRow), official.written(), `rows of flatbuffers, ${label}`);
    if (!options.smoke) {
      await warmUp(runOurs);
      await warmUp(runOfficial);
    }
    const { a, b, ratio } = await pairs(runOurs, runOfficial, pairCount(options));
    results.push({
      name: `row-codec ${label}`,
      unit: 'rows/s',
      value: a.median,
      ceiling: b.median,
      ratio: ratio.median,
      ratioMin: ratio.min,
      ratioMax: ratio.max,
      rowBytes: ours.rowBytes,
      checksum: expected,
    });
  }
  return results;
}

/** A module instance of its own for each case, so that no call site has seen the other case's types. */
async function freshModule<M>(contender: string, label: string): Promise<M> {
  const url = beside(`row-codec-${contender}`, import.meta.url);
  url.search = encodeURIComponent(label);
  return (await import(url.href)) as M;
}

/** Median over `count` samples of one step each, by tinybench. */
function rowsPerSecond(step: () => number, count: number): number {
  const bench = new Bench({ iterations: count, time: 0, warmup: false });
  bench.add('step', step);
  bench.runSync();
  const { result } = bench.tasks[0]!;
  if (result.state !== 'completed') throw new Error(`the step ended as ${result.state}`);
  return (ROWS / result.latency.p50) * 1000;
}

/** Short texts as in Nexmark's bids: about 100 bytes a row. */
function bidRow(index: number): Own.BidRow {
  return {
    auction: 1000 + (index % 97),
    price: 100 + index * 3,
    weight: index % 11,
    channel: `channel-${index % 10}`,
    url: `https://auction.example/item/${index % 100}`,
    extra: 'abcdefgh'.slice(index % 8),
  };
}

function nextRow(row: Own.BidRow): Own.BidRow {
  return { ...row, price: 2 * row.price + 1 };
}
