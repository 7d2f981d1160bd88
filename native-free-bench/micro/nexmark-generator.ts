/**
 * Nexmark's generator on one thread: events per second with numbers only, as rows with texts, and replayed.
 *
 * Goals: 3 M events/s of numbers, 1 M events/s with texts. Each answer is the sum of the bids' prices. The ceiling of replaying
 * is a loop over the prices in an array.
 */

import { compileCodec } from '#src/record/index';
import { expectAnswer, pairs, parameter, warmUp } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';
import { nexmarkConfig } from '../nexmark/generator-config.ts';
import { Bid, EventKind } from '../nexmark/generator-records.ts';
import { makePage } from '../nexmark/generator-replay.ts';
import { EventMachine, HEADER_BYTES } from '../nexmark/generator-rows.ts';
import type { EventGenerator } from '../nexmark/generator.ts';

/** Calls of bounded size: V8 compiles a function that is called often better than one long loop. */
const BATCH = 1000;
const eventCount = parameter('events', 10_000, 1_000_000);
const pairCount = parameter('pairs', 1, 7);
/** Sums of the bids' prices of so many events. */
const PRICES: Readonly<Record<number, number>> = {
  10_000: 67_588_884_531,
  1_000_000: 6_659_865_839_701,
};

export const benchmark: Benchmark = {
  name: 'nexmark-generator',
  threads: 1,
  topology: `
    ids --> generator --> sum of prices                      numbers only
    ids --> generator --> row in memory --> sum of prices    with texts
    rows in memory --> view --> sum of prices                replayed; ceiling column: an array of prices
  `,
  run: async (options) => [...(await generated(options)), await replayed(options)],
};

async function generated(options: BenchOptions): Promise<BenchResult[]> {
  const events = eventCount(options);
  const expected = PRICES[events]!;
  const numbers = new EventMachine(nexmarkConfig({ events, texts: false }));
  const texts = new EventMachine(nexmarkConfig({ events }));
  const runNumbers = timed(events, expected, 'numbers', (first) =>
    sumOfNumbers(numbers.generator, first),
  );
  const runTexts = timed(events, expected, 'rows', (first) => sumOfRows(texts, first));
  if (!options.smoke) {
    await warmUp(runNumbers, 5);
    await warmUp(runTexts, 5);
  }
  const { a, b } = await pairs(runNumbers, runTexts, pairCount(options));
  return [
    { name: 'numbers', unit: 'events/s', value: a.median, ceiling: null, ratio: null },
    { name: 'rows with texts', unit: 'events/s', value: b.median, ceiling: null, ratio: null },
  ];
}

async function replayed(options: BenchOptions): Promise<BenchResult> {
  const events = eventCount(options);
  const config = nexmarkConfig({ events });
  const split = { id: 'all', first: 0, events };
  const { memory, rows, bytes } = makePage(new EventMachine(config), config, EventKind.bid, split);
  const view = compileCodec(Bid).createView();
  view.bind(memory);
  const prices = new Float64Array(rows);
  const offsets = new Int32Array(rows + 1);
  for (let row = 0, at = 0; row < rows; row++) {
    view.at = at + HEADER_BYTES;
    prices[row] = view.price;
    at += HEADER_BYTES + view.rowBytes;
    offsets[row + 1] = at;
  }
  const expected = PRICES[events]!;
  const runViews = timed(rows, expected, 'replayed', (first) => {
    let sum = 0;
    const end = Math.min(rows, first + BATCH);
    for (let at = offsets[first]!; at < offsets[end]!; at += HEADER_BYTES + view.rowBytes) {
      view.at = at + HEADER_BYTES;
      sum += view.price;
    }
    return sum;
  });
  const runArray = timed(rows, expected, 'array', (first) => {
    let sum = 0;
    const end = Math.min(rows, first + BATCH);
    for (let row = first; row < end; row++) sum += prices[row]!;
    return sum;
  });
  if (!options.smoke) {
    await warmUp(runViews);
    await warmUp(runArray);
  }
  const { a, b, ratio } = await pairs(runViews, runArray, pairCount(options));
  return {
    name: 'replayed bids',
    unit: 'rows/s',
    value: a.median,
    ceiling: b.median,
    ratio: ratio.median,
    bytesPerBid: bytes / rows,
  };
}

/** A run over all batches that checks its sum; returns units per second. */
function timed(
  count: number,
  expected: number,
  what: string,
  batch: (first: number) => number,
): () => number {
  return () => {
    const startMs = performance.now();
    let sum = 0;
    for (let first = 0; first < count; first += BATCH) sum += batch(first);
    const seconds = (performance.now() - startMs) / 1000;
    expectAnswer(expected, sum, `sum of prices, ${what}`);
    return count / seconds;
  };
}

function sumOfNumbers(generator: EventGenerator, first: number): number {
  let sum = 0;
  for (let id = first; id < first + BATCH; id++) {
    generator.load(id);
    if (generator.kind === EventKind.bid) sum += generator.price;
  }
  return sum;
}

function sumOfRows({ generator, writer, views, memory }: EventMachine, first: number): number {
  views.bind(memory);
  let sum = 0;
  for (let id = first; id < first + BATCH; id++) {
    generator.load(id);
    writer.write(memory, 0);
    if (generator.kind === EventKind.bid) sum += views.bidAt(0).price;
  }
  return sum;
}
