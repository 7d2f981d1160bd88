/**
 * Event-time timers registered in random order, then fired by growing watermarks: the timer service against a binary heap
 * of objects with a Set that keeps each timer once. Both must fire the same timers in the same order.
 */

import { Prng } from '#src/base/index';
import { createTimerService, QuotaAccount } from '#src/state/index';
import { expectAnswer, pairs, parameter, warmUp } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';

const timerCount = parameter('timers', 20_000, 1_000_000);
const pairCount = parameter('pairs', 2, 7);
/** Keys that own the timers. */
const KEYS = 100_000;
/** The times spread over half an hour; the watermark advances by 100 ms. */
const SPAN_MS = 1_800_000;
const ADVANCE_MS = 100;
const START_MS = 1_700_000_000_000;

export const benchmark: Benchmark = {
  name: 'timer-queue',
  threads: 1,
  topology: `
    (key id, time) at random --> register --> advance(watermark) --> fired in order   measured
    the same --> Set + binary heap of objects --> fired in order                      ceiling column: the plain way
  `,
  run,
};

/** What the times are like: all different, about, or one of a few for all keys, as aligned windows have. */
const SHAPES = [
  { name: 'scattered', grainMs: 1 },
  { name: 'aligned', grainMs: 60_000 },
] as const;

interface Timers {
  readonly ids: Int32Array;
  readonly times: Float64Array;
}

interface Outcome {
  readonly count: number;
  readonly inOrder: boolean;
  readonly checksum: number;
  readonly longestMs: number;
}

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const shape of SHAPES) {
    const count = timerCount(options);
    const timers = randomTimers(count, shape.grainMs);
    const expected = plain(timers);
    expectAnswer(true, expected.inOrder, 'order of the plain heap');
    let longestMs = 0;
    const timed = (work: (timers: Timers) => Outcome) => (): number => {
      const startMs = performance.now();
      const outcome = work(timers);
      const rate = (count / (performance.now() - startMs)) * 1000;
      expectAnswer(true, outcome.inOrder, 'order of firing');
      expectAnswer(expected.count, outcome.count, 'timers fired');
      expectAnswer(expected.checksum, outcome.checksum, 'checksum of firings');
      if (work === wheel) longestMs = Math.max(longestMs, outcome.longestMs);
      return rate;
    };
    const onWheel = timed(wheel);
    const onHeap = timed(plain);
    if (!options.smoke) await warmUp(onWheel, 4);
    longestMs = 0;
    const { a, b, ratio } = await pairs(onWheel, onHeap, pairCount(options));
    results.push({
      name: `timer-queue ${shape.name}, registered and fired`,
      unit: 'timers/s',
      value: a.median,
      ceiling: b.median,
      ratio: ratio.median,
      ratioMin: ratio.min,
      ratioMax: ratio.max,
      longestRegisterMs: longestMs,
      checksum: expected.checksum,
    });
  }
  return results;
}

function randomTimers(count: number, grainMs: number): Timers {
  const prng = new Prng(42);
  const ids = new Int32Array(count);
  const times = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    ids[i] = prng.below(KEYS);
    times[i] = START_MS + Math.floor(prng.below(SPAN_MS) / grainMs) * grainMs;
  }
  return { ids, times };
}

function wheel({ ids, times }: Timers): Outcome {
  const account = new QuotaAccount('bench', Infinity);
  const keys = {
    limit: KEYS,
    retain: () => undefined,
    release: () => undefined,
    changes: { touch: () => undefined },
  };
  const timers = createTimerService({ name: 'timers', keys, account });
  let longestMs = 0;
  for (let i = 0; i < ids.length; i += 1000) {
    const startMs = performance.now();
    const end = Math.min(i + 1000, ids.length);
    for (let k = i; k < end; k++) timers.register(ids[k]!, 0, times[k]!);
    longestMs = Math.max(longestMs, performance.now() - startMs);
  }
  let count = 0;
  let checksum = 0;
  let inOrder = true;
  let last = -Infinity;
  const onTimer = (id: number, _: number, time: number): void => {
    if (time < last) inOrder = false;
    last = time;
    checksum = (Math.imul(checksum, 31) + id) | 0;
    count++;
  };
  for (let watermark = START_MS; watermark <= START_MS + SPAN_MS; watermark += ADVANCE_MS) {
    while (!timers.advance(watermark, 1024, onTimer));
  }
  timers.dispose();
  return { count, inOrder, checksum, longestMs };
}

interface HeapTimer {
  readonly id: number;
  readonly time: number;
  /** Breaks ties by the order of registration. */
  readonly sequence: number;
}

function plain({ ids, times }: Timers): Outcome {
  const seen = new Set<number>();
  const heap: HeapTimer[] = [];
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    const time = times[i]!;
    // One number for both: what a Set compares fastest.
    const key = (time - START_MS) * KEYS + id;
    if (seen.has(key)) continue;
    seen.add(key);
    push(heap, { id, time, sequence: i });
  }
  let count = 0;
  let checksum = 0;
  let inOrder = true;
  let last = -Infinity;
  for (let watermark = START_MS; watermark <= START_MS + SPAN_MS; watermark += ADVANCE_MS) {
    while (heap.length > 0 && heap[0]!.time <= watermark) {
      const { id, time } = pop(heap);
      seen.delete((time - START_MS) * KEYS + id);
      if (time < last) inOrder = false;
      last = time;
      checksum = (Math.imul(checksum, 31) + id) | 0;
      count++;
    }
  }
  return { count, inOrder, checksum, longestMs: 0 };
}

function before(a: HeapTimer, b: HeapTimer): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
}

function push(heap: HeapTimer[], timer: HeapTimer): void {
  let i = heap.length;
  heap.push(timer);
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!before(timer, heap[parent]!)) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = timer;
}

function pop(heap: HeapTimer[]): HeapTimer {
  const first = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return first;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
  return first;
}
