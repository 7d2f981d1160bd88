/**
 * Law of operators with keyed state: whatever happens behind a barrier, a snapshot that is written later is the one that would have
 * been written at once, and what changed since an earlier one, with that, is the whole one. So every path to a key's state
 * says that the key is about to change (src/state/key-changes.ts).
 */

import { inspect } from 'node:util';
import { deserialize } from 'node:v8';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  count,
  cumulative,
  job,
  listState,
  mapState,
  max,
  quantile,
  session,
  sliding,
  tumbling,
  valueState,
} from 'millrace';
import type { ProcessFunction, Stream } from 'millrace';
import { TestRun, testSink, testSource } from 'millrace/testing';
import type { Operator } from '../../src/operators/index.ts';
import { ByteReader, foldChanges, valueScratch } from '../../src/state/index.ts';
import type { KeyedSnapshot } from '../../src/state/index.ts';
import { Bid, STATEFUL } from './stateful-streams.ts';
import type { Build } from './stateful-streams.ts';

const prices = listState<number>('prices');
const byPrice = mapState<number, number>('by price');
const seen = valueState('seen', { initial: 0 });

/** State of every kind, timers that are set, taken back and clear state. */
const everything: ProcessFunction<Bid, number, number> = {
  processElement({ price }, context, out) {
    const timers = context.timerService();
    context.getListState(prices).add(price);
    context.getMapState(byPrice).put(price % 3, price);
    const state = context.getState(seen);
    state.update(state.value() + 1);
    if (price % 2 === 0) timers.registerEventTimeTimer(context.timestamp! + 700);
    else timers.deleteEventTimeTimer(context.timestamp! + 600);
    if (price % 5 === 0) timers.registerProcessingTimeTimer(timers.currentProcessingTime() + 300);
    out.collect(state.value());
  },
  onTimer(timestamp, context) {
    if (timestamp % 2 === 0) context.getListState(prices).clear();
    else {
      context.getMapState(byPrice).clear();
      context.getState(seen).clear();
    }
  },
};

const MINI_BATCH = { latency: '1s', keys: 100 } as const;

/** Beyond a stream for each transformation: those whose state changes in other ways. */
const MORE: Readonly<Record<string, Build>> = {
  'process with every state': (bids) => bids.keyBy('item').process(everything),
  'process by a key function': (bids) => bids.keyBy(({ item }) => item % 3).process(everything),
  'declared sliding window': (bids) =>
    bids
      .keyBy('item')
      .window(sliding('1s', '250ms'))
      .aggregate({ bids: count(), most: max('price') }),
  'declared sliding window with a sketch': (bids) =>
    bids
      .keyBy('item')
      .window(sliding('1s', '500ms'))
      .aggregate({ middle: quantile('price', 0.5) }),
  'declared cumulative window': (bids) =>
    bids.keyBy('item').window(cumulative('1s', '250ms')).aggregate({ bids: count() }),
  'declared window with lateness': (bids) =>
    bids.keyBy('item').window(tumbling('500ms')).allowedLateness('1s').aggregate({ bids: count() }),
  'declared session with lateness': (bids) =>
    bids.keyBy('item').window(session('300ms')).allowedLateness('1s').aggregate({ bids: count() }),
  'session of the general operator': (bids) =>
    bids
      .keyBy('item')
      .window(session('300ms'))
      .reduce((a, b) => (a.price > b.price ? a : b)),
  'sliding window of the general operator': (bids) =>
    bids
      .keyBy('item')
      .window(sliding('1s', '500ms'))
      .reduce((a, b) => (a.price > b.price ? a : b)),
  'aggregate in mini-batches': (bids) =>
    bids.keyBy('item').aggregate({ bids: count() }, { miniBatch: MINI_BATCH }),
  'topN in mini-batches': (bids) =>
    bids.keyBy('item').topN(2, { by: 'price', miniBatch: MINI_BATCH }),
  'max by': (bids) => bids.keyBy('item').maxBy('price'),
};

interface Op {
  readonly kind: 'bid' | 'other' | 'watermark' | 'clock' | 'barrier';
  readonly item: number;
  readonly price: number;
  readonly ms: number;
  readonly complete: boolean;
}

const ops = fc.array(
  fc.record<Op>({
    kind: fc.constantFrom(
      ...(['bid', 'bid', 'bid', 'bid', 'other', 'other', 'watermark', 'clock', 'barrier'] as const),
    ),
    item: fc.integer({ min: 0, max: 9 }),
    price: fc.integer({ min: 0, max: 30 }),
    ms: fc.integer({ min: 0, max: 900 }),
    complete: fc.boolean(),
  }),
  { minLength: 10, maxLength: 50 },
);

/** A job whose operators are asked for snapshots themselves. */
class Subject {
  readonly run: TestRun;
  readonly operators: readonly Operator[];
  #time = 0;

  private constructor(run: TestRun) {
    this.run = run;
    this.operators = run.subtasks.flatMap(({ chain }) =>
      chain.spec.operators.flatMap(({ operator }) => (operator?.snapshot ? [operator] : [])),
    );
  }

  static async start(build: Build): Promise<Subject> {
    const tested = job('late-snapshots', (env) => {
      const of = (name: string): Stream<Bid> => env.fromSource(testSource(name, Bid));
      build(of('bids'), of('others')).sinkTo(testSink('out'));
    });
    return new Subject(await TestRun.start(tested, { guardRows: false, parallelism: 1, seed: 1 }));
  }

  apply({ kind, item, price, ms }: Op): void {
    const { run } = this;
    if (kind === 'bid') run.source('bids').push({ item, price }, this.#time + ms);
    else if (kind === 'other') run.source('others').push({ item, price }, this.#time + ms);
    else if (kind === 'clock') run.advanceProcessingTime(ms);
    else {
      this.#time += ms;
      for (const name of ['bids', 'others']) run.source(name).watermark(this.#time);
    }
    run.settle();
  }

  /** What each operator with keyed state holds. */
  snapshots(): (KeyedSnapshot | undefined)[] {
    return this.operators.map((operator) => {
      while (operator.prepareSnapshot?.() === false);
      return operator.snapshot!().keyed;
    });
  }
}

/** Keys with all that they have, in no order. */
function contents(snapshots: readonly KeyedSnapshot[]): unknown {
  const { parts } = snapshots.at(-1)!;
  const groups = foldChanges(snapshots)
    .flatMap((whole) => whole.groups)
    .map(({ keyGroup, bytes }) => [keyGroup, keysIn(bytes, parts)] as const)
    .toSorted(([one], [other]) => one - other);
  return [parts, groups.filter(([, keys]) => keys.length > 0)];
}

/** The clock that all keys share stands before what a key has, as of when it was written: the one of the parts counts. */
function keysIn(bytes: Uint8Array, parts: KeyedSnapshot['parts']): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hex = (from: number, to: number): string =>
    Buffer.from(bytes.subarray(from, to)).toString('hex');
  const keys: string[] = [];
  let at = 4;
  for (let left = view.getInt32(0, true); left > 0; left--) {
    const row = at + 8 + view.getInt32(at + 4, true);
    let key = hex(at, row);
    at = row + 1;
    for (let count = view.getUint8(row); count > 0; count--) {
      const { clock, kind, name, types } = parts[view.getUint8(at)]!;
      const end = at + 5 + view.getInt32(at + 1, true);
      const state = bytes.subarray(at + (clock === undefined ? 5 : 13), end);
      const ofHeap = Object.keys(types).length === 0;
      key += ` ${name} ${(ofHeap ? heapValues(kind, state) : undefined) ?? Buffer.from(state).toString('hex')}`;
      at = end;
    }
    keys.push(key);
  }
  return keys.toSorted();
}

/** Values of the heap, since equal ones may have other bytes; undefined for what is none. */
function heapValues(kind: string, state: Uint8Array): string | undefined {
  if (kind === 'windows') return inspect(deserialize(state.subarray(4)), { depth: 9 });
  if (kind !== 'value' && kind !== 'list' && kind !== 'map') return undefined;
  // Of lists and maps their length comes first.
  const source = new ByteReader(kind === 'value' ? state : state.subarray(4));
  const values: unknown[] = [];
  while (source.left > 0) values.push(valueScratch().get(source));
  return inspect(values, { depth: 9 });
}

interface Base {
  readonly files: readonly KeyedSnapshot[];
  readonly seq: number;
}

/** A snapshot that nobody has looked at yet, and what it must be. */
interface Late {
  readonly held: KeyedSnapshot;
  readonly base: Base | undefined;
  readonly expected: unknown;
}

function plain({ version, key, parts, groups }: KeyedSnapshot): KeyedSnapshot {
  return { version, key, parts, groups };
}

async function check(build: Build, all: readonly Op[]): Promise<void> {
  const [prompt, late] = [await Subject.start(build), await Subject.start(build)];
  const bases: (Base | undefined)[] = late.operators.map(() => undefined);
  let open: (Late | undefined)[] = [];
  const settle = (complete: boolean): void => {
    open.forEach((one, k) => {
      if (one === undefined) return;
      const { held, base, expected } = one;
      const files = [...(base?.files ?? []), plain(held)];
      if (base !== undefined) {
        files.push({ ...plain(held), version: 2, groups: held.progress!.changes });
      }
      // Clocks stand in all parts of a checkpoint as they stood at its barrier.
      const now = files.map((file) => ({ ...file, parts: held.parts }));
      expect(contents(now)).toEqual(expected);
      // Of a stream that is not keyed it is written at once, and always whole.
      if (!complete || held.progress === undefined) return;
      held.progress.complete();
      bases[k] = { files, seq: held.progress.seq };
    });
    open = [];
  };
  for (const op of all) {
    if (op.kind !== 'barrier') {
      prompt.apply(op);
      late.apply(op);
      continue;
    }
    settle(op.complete);
    const expected = prompt.snapshots().map((keyed) => keyed && contents([plain(keyed)]));
    open = late.snapshots().map((held, k): Late | undefined => {
      if (held === undefined) return undefined;
      const base = bases[k];
      const groups = base?.files.flatMap((file) => file.groups.map(({ keyGroup }) => keyGroup));
      const continues = base !== undefined && held.progress!.since(base.seq, [...new Set(groups)]);
      return { held, base: continues ? base : undefined, expected: expected[k] };
    });
  }
  settle(true);
  await prompt.run.cancel();
  await late.run.cancel();
}

describe.each([...Object.values(STATEFUL).flatMap(Object.entries), ...Object.entries(MORE)])(
  '%s',
  (_, build: Build) => {
    it('gives snapshots that later rows, timers and windows do not reach, and all that changed', async () => {
      await fc.assert(
        fc.asyncProperty(ops, (all) => check(build, all)),
        { numRuns: 3, endOnFailure: true },
      );
    });
  },
);
