/**
 * Count and sum per i64 key: key ids and columns off the heap against a `Map` with objects behind the same contract. Also
 * bytes resident per key, and the longest pause while the state grows.
 */

import { murmur32 } from '#src/base/index';
import { compileCodec, i64, Memory, record } from '#src/record/index';
import type { RowView } from '#src/record/index';
import { createKeyedBackend, QuotaAccount, WordColumns } from '#src/state/index';
import type { KeyedInput } from '#src/state/index';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';
import { expectAnswer, pairs, parameter, rateOf } from '../harness.ts';

const keysOf = parameter('keys', 100_000, 10_000_000);
const heapKeysOf = parameter('keys of the comparison', 20_000, 2_000_000);
const pairsOf = parameter('pairs', 1, 5);

const Row = record('Row', { key: i64, value: i64 });
const codec = compileCodec(Row);
const access = codec.key(['key']);
const AT = 16;

/** One row in memory that is given another key and value each time. */
class Source {
  readonly view: RowView;
  readonly #i32: Int32Array;
  readonly #key: number;
  readonly #value: number;

  constructor() {
    const memory = Memory.ofBytes(AT + codec.fixedBytes);
    memory.i32[2] = codec.write({ key: 1, value: 2 }, memory, AT);
    this.#i32 = memory.i32;
    this.#key = memory.i32.indexOf(1, AT >> 2);
    this.#value = memory.i32.lastIndexOf(2);
    this.view = codec.createView();
    this.view.bind(memory);
    this.view.at = AT;
  }

  /** Key `n` in an order that has nothing to do with memory; returns its hash. */
  move(n: number): number {
    const low = Math.imul(n, 0x2545f491);
    this.#i32[this.#key] = low;
    this.#i32[this.#key + 1] = n & 0xff;
    this.#i32[this.#value] = n & 0xff;
    return murmur32(low ^ (n & 0xff));
  }
}

/** Rows in two passes over the keys: one inserts, one finds. Fills `result` with keys, count and sum. */
interface Contender {
  readonly bytes: () => number;
  run(keys: number, passes: number, chunkRows?: number): void;
  answer(): { readonly keys: number; readonly count: number; readonly sum: number };
  longestMs: number;
}

function inputs(typed: boolean): KeyedInput[] {
  const key = {
    access: typed ? access : undefined,
    valueOf: (row: unknown) => (row as { key: number }).key,
  };
  return [{ type: Row, codec, key }];
}

/** Rows between two looks at the clock. */
const CHUNK = 1024;

function columns(): Contender {
  const account = new QuotaAccount('columns', Infinity);
  const { keys } = createKeyedBackend({
    operatorName: 'columns',
    account,
    maxParallelism: 128,
    inputs: inputs(true),
  });
  const resolve = keys.resolver(0);
  const folds = new WordColumns(account, 2);
  const source = new Source();
  const { view } = source;
  const chunk = (from: number, to: number): void => {
    const { pages, shift, mask } = folds;
    for (let n = from; n < to; n++) {
      const hash = source.move(n);
      const id = resolve(view, hash);
      if (id >= folds.capacity) folds.ensure(id);
      const page = pages[id >>> shift]!;
      const at = (id & mask) * 2;
      page[at] = page[at]! + 1;
      page[at + 1] = page[at + 1]! + (n & 0xff);
    }
  };
  return contender(chunk, {
    bytes: () => account.usedBytes,
    answer: () => {
      let count = 0;
      let sum = 0;
      for (const id of keys.ids()) {
        count += folds.get(id, 0);
        sum += folds.get(id, 1);
      }
      return { keys: keys.size, count, sum };
    },
  });
}

function objects(): Contender {
  const account = new QuotaAccount('objects', Infinity);
  const { keys } = createKeyedBackend({
    operatorName: 'objects',
    account,
    maxParallelism: 128,
    inputs: inputs(false),
  });
  const resolve = keys.resolver(0);
  const folds: { count: number; sum: number }[] = [];
  const source = new Source();
  const { view } = source;
  const chunk = (from: number, to: number): void => {
    for (let n = from; n < to; n++) {
      const hash = source.move(n);
      const id = resolve(view, hash);
      const fold = folds[id];
      if (fold === undefined) folds[id] = { count: 1, sum: n & 0xff };
      else {
        fold.count++;
        fold.sum += n & 0xff;
      }
    }
  };
  return contender(chunk, {
    bytes: () => account.usedBytes,
    answer: () => {
      let count = 0;
      let sum = 0;
      for (const fold of folds) {
        count += fold.count;
        sum += fold.sum;
      }
      return { keys: keys.size, count, sum };
    },
  });
}

function contender(
  chunk: (from: number, to: number) => void,
  rest: Pick<Contender, 'bytes' | 'answer'>,
): Contender {
  const self: Contender = {
    ...rest,
    longestMs: 0,
    run: (keys, passes, chunkRows = CHUNK) => {
      for (let pass = 0; pass < passes; pass++) {
        for (let n = 0; n < keys; n += chunkRows) {
          const startMs = cpuMs();
          chunk(n, Math.min(keys, n + chunkRows));
          const tookMs = cpuMs() - startMs;
          if (tookMs > self.longestMs) self.longestMs = tookMs;
        }
      }
    },
  };
  return self;
}

/**
 * CPU time of this thread where Node tells it, so that pauses are ours and not the machine's. Kernels that count in ticks
 * tell it to 4 ms only.
 */
function cpuMs(): number {
  if (typeof process.threadCpuUsage !== 'function') return performance.now();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const PASSES = 4;

async function rate(make: () => Contender, keys: number): Promise<number> {
  const one = make();
  const value = await rateOf(keys * PASSES, () => one.run(keys, PASSES));
  expectAnswer(sumsOf(keys, PASSES), one.answer());
  return value;
}

function sumsOf(keys: number, passes: number): ReturnType<Contender['answer']> {
  let sum = 0;
  for (let n = 0; n < keys; n++) sum += n & 0xff;
  return { keys, count: keys * passes, sum: sum * passes };
}

export const benchmark: Benchmark = {
  name: 'keyed-state',
  topology: 'rows -> key id -> count, sum   (one thread, no rings)',
  threads: 1,
  run: async (options: BenchOptions): Promise<BenchResult[]> => {
    const keys = keysOf(options);
    const compared = heapKeysOf(options);
    await rate(columns, Math.min(compared, 200_000));
    await rate(objects, Math.min(compared, 200_000));
    const { a, b, ratio } = await pairs(
      () => rate(columns, compared),
      () => rate(objects, compared),
      pairsOf(options),
    );
    const large = columns();
    const insertRate = await rateOf(keys, () => large.run(keys, 1));
    const findRate = await rateOf(keys, () => large.run(keys, 1));
    expectAnswer(sumsOf(keys, 2), large.answer());
    const timed = columns();
    timed.run(keys, 1, 1);
    return [
      {
        name: `update of one of ${compared} keys, columns by key id against objects in a Map`,
        unit: 'rows/s',
        value: a.median,
        ceiling: b.median,
        ratio: ratio.median,
        spread: ratio,
      },
      one(`insertion of ${keys} keys`, 'rows/s', insertRate),
      one(`update of one of ${keys} keys`, 'rows/s', findRate),
      one(`bytes of key, count and sum, of ${keys} keys`, 'bytes/key', large.bytes() / keys),
      one(`longest CPU time of one insertion while growing to ${keys} keys`, 'ms', timed.longestMs),
    ];
  },
};

function one(name: string, unit: string, value: number): BenchResult {
  return { name, unit, value, ceiling: null, ratio: null };
}
