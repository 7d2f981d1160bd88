/**
 * Laws of src/state/key-changes.ts: snapshots that are written late, and snapshots of changes.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { i32, nullable, record, utf8 } from '../../src/record/index.ts';
import {
  ByteReader,
  createKeyedBackend,
  createTimerService,
  foldChanges,
  HeapValuePart,
  QuotaAccount,
  RowListPart,
  RowMapPart,
  RowValuePart,
  valueScratch,
} from '../../src/state/index.ts';
import type { KeyValue } from '../../src/record/index.ts';
import type {
  KeyedBackend,
  KeyedInput,
  KeyedSnapshot,
  TimerService,
} from '../../src/state/index.ts';
import { functionInput, hashOf, typedInput } from './key-rows.ts';

const Item = record('Item', { n: i32, text: nullable(utf8) });
const GROUPS = 8;
const KEYS = 40;
const TTL_MS = 50;

interface Op {
  readonly kind: 'put' | 'add' | 'entry' | 'clear' | 'arm' | 'tick' | 'write' | 'barrier';
  readonly key: number;
  readonly n: number;
  /** Of barriers: what becomes of the snapshot, and whether it holds changes only. */
  readonly outcome: 'complete' | 'late' | 'aborted';
  readonly whole: boolean;
}

const ops = fc.array(
  fc.record<Op>({
    kind: fc.constantFrom(
      ...([
        'put',
        'put',
        'put',
        'add',
        'entry',
        'clear',
        'arm',
        'tick',
        'write',
        'barrier',
      ] as const),
    ),
    key: fc.integer({ min: 0, max: KEYS - 1 }),
    n: fc.integer({ min: 0, max: 99 }),
    outcome: fc.constantFrom(...(['complete', 'late', 'aborted'] as const)),
    whole: fc.boolean(),
  }),
  { maxLength: 120 },
);

/** The kinds of keys, and key number `n`. */
const KEYS_BY: Readonly<Record<Keyed, { readonly input: KeyedInput; keyOf(n: number): KeyValue }>> =
  {
    words: {
      input: typedInput([{ kind: 'i64' }, { kind: 'bool' }, { kind: 'f64' }]).input,
      keyOf: (n) => [n, n % 2 === 0, n % 7 === 0 ? Number.NaN : n / 4],
    },
    texts: { input: typedInput([{ kind: 'utf8' }]).input, keyOf: (n) => `key ${n}` },
    values: { input: functionInput(), keyOf: (n) => (n % 2 === 0 ? n : [`key ${n}`, n / 4]) },
  };
type Keyed = 'words' | 'texts' | 'values';

/** A backend with a part of every sort. */
class State {
  now = 0;
  readonly backend: KeyedBackend;
  readonly timers: TimerService;
  readonly value: HeapValuePart<unknown>;
  readonly row: RowValuePart<{ n: number; text: string | null }>;
  readonly list: RowListPart<{ n: number; text: string | null }>;
  readonly map: RowMapPart<{ n: number; text: string | null }>;
  readonly #keyed: Keyed;

  constructor(keyed: Keyed) {
    this.#keyed = keyed;
    const account = new QuotaAccount('test', Infinity);
    const inputs = [KEYS_BY[keyed].input];
    const backend = createKeyedBackend({
      operatorName: 'test',
      account,
      maxParallelism: GROUPS,
      inputs,
    });
    this.backend = backend;
    const { keys } = backend;
    const ttl = { ttlMs: TTL_MS, now: () => this.now };
    this.timers = createTimerService({ name: 'timers', keys, account });
    this.value = new HeapValuePart(backend, { name: 'value' });
    this.row = new RowValuePart(backend, { name: 'row', type: Item, ttl });
    this.list = new RowListPart(backend, { name: 'list', type: Item });
    this.map = new RowMapPart(backend, { name: 'map', type: Item, keyTypes: [{ kind: 'i32' }] });
    for (const part of [this.timers, this.value, this.row, this.list, this.map]) {
      backend.register(part);
    }
  }

  /** As an operator does for a row. */
  apply({ kind, key, n }: Op): void {
    const { keys } = this.backend;
    if (kind === 'tick') {
      this.now += n;
      this.timers.advance(this.now, Infinity, (id) => {
        this.value.clear(id);
        this.list.clear(id);
        keys.settle(id);
      });
      return;
    }
    const id = keys.intern(KEYS_BY[this.#keyed].keyOf(key), hashOf(key));
    const item = { n, text: n % 3 === 0 ? null : `text ${n}` };
    if (kind === 'put') {
      this.row.set(id, item);
      const held = this.value.get(id) as { seen: number } | undefined;
      // In place, as user code does.
      if (held === undefined) this.value.set(id, { seen: 1 });
      else held.seen += 1;
    } else if (kind === 'add') this.list.append(id, item, 0);
    else if (kind === 'entry') this.map.put(id, n % 5, item);
    else if (kind === 'arm') this.timers.register(id, n % 3, this.now + n);
    else {
      for (const part of [this.value, this.row, this.list, this.map]) part.clear(id);
    }
    keys.settle(id);
  }

  restore(snapshots: readonly KeyedSnapshot[]): this {
    this.backend.restore(snapshots, 0, GROUPS - 1);
    return this;
  }

  /** Everything, by key; what was expired at `now` left out. */
  content(): string {
    const { groups, parts } = this.backend.snapshot();
    const values = this.#keyed === 'values';
    const copy = groups.map(({ keyGroup, bytes }) => [keyGroup, readable(bytes, values)]);
    return JSON.stringify([parts, copy]);
  }
}

/**
 * The keys of a piece with what they have, in no order.
 *
 * @param values whether equal keys may have other bytes
 */
function readable(bytes: Uint8Array, values: boolean): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: string[] = [];
  let at = 4;
  for (let left = view.getInt32(0, true); left > 0; left--) {
    const row = at + 4;
    at = row + 4 + view.getInt32(row, true);
    const key = bytes.subarray(row, at);
    const shown = values
      ? valueScratch().get(new ByteReader(key))
      : Buffer.from(key).toString('hex');
    const from = at;
    for (let parts = view.getUint8(at++); parts > 0; parts--) at += 5 + view.getInt32(at + 1, true);
    found.push(`${JSON.stringify(shown)} ${Buffer.from(bytes.subarray(from, at)).toString('hex')}`);
  }
  expect(at).toBe(bytes.length);
  return found.toSorted();
}

/** What a checkpoint's files would hold. */
class Files {
  readonly snapshot: KeyedSnapshot;
  readonly #base: readonly KeyedSnapshot[] | undefined;

  /** @param base files that it goes on from, and the number of their snapshot */
  constructor(
    state: State,
    base: { readonly files: readonly KeyedSnapshot[]; readonly seq: number } | undefined,
  ) {
    this.snapshot = state.backend.snapshot();
    const groups = base && new Set(base.files.flatMap((one) => one.groups.map((g) => g.keyGroup)));
    const deltas = groups !== undefined && this.snapshot.progress!.since(base!.seq, [...groups]);
    this.#base = deltas ? base!.files : undefined;
  }

  files(): readonly KeyedSnapshot[] {
    const { version, key, parts, groups, progress } = this.snapshot;
    const plain = { version, key, parts, groups };
    if (this.#base === undefined) return [plain];
    return [...this.#base, plain, { ...plain, version: 2, groups: progress!.changes }];
  }
}

describe.each(['words', 'texts', 'values'] as const)('a snapshot with keys as %s', (keyed) => {
  it('that is written late is the one that would have been written at once', () => {
    fc.assert(
      fc.property(ops, ops, fc.integer({ min: 0, max: 20 }), (before, after, pace) => {
        const state = new State(keyed);
        const twin = new State(keyed);
        for (const op of before) {
          state.apply(op);
          twin.apply(op);
        }
        const late = state.backend.snapshot();
        const expected = twin.content();
        let done = false;
        for (const op of after) {
          if (op.kind === 'write' && !done) done = late.progress!.advance(pace);
          else state.apply(op);
        }
        const restored = new State(keyed).restore([late]);
        restored.now = twin.now;
        expect(restored.content()).toBe(expected);
      }),
      { numRuns: 120 },
    );
  });

  it('of changes restores with its base what it would restore whole', () => {
    fc.assert(
      fc.property(ops, (all) => {
        const state = new State(keyed);
        const twin = new State(keyed);
        let base: { readonly files: readonly KeyedSnapshot[]; readonly seq: number } | undefined;
        let open: { readonly held: Files; readonly expected: string; readonly now: number }[] = [];
        const settle = (outcome: Op['outcome']): void => {
          for (const { held, expected, now } of open) {
            const files = held.files();
            const restored = new State(keyed).restore(files);
            restored.now = now;
            expect(restored.content()).toBe(expected);
            const folded = foldChanges(files);
            expect(folded.every(({ version }) => version === 1)).toBe(true);
            if (outcome === 'aborted') continue;
            held.snapshot.progress!.complete();
            base = { files, seq: held.snapshot.progress!.seq };
          }
          open = [];
        };
        for (const op of all) {
          if (op.kind === 'write') open.at(-1)?.held.snapshot.progress!.advance(op.n % 7);
          else if (op.kind !== 'barrier') {
            state.apply(op);
            twin.apply(op);
          } else {
            const held = new Files(state, op.whole ? undefined : base);
            open.push({ held, expected: twin.content(), now: twin.now });
            if (op.outcome !== 'late') settle(op.outcome);
          }
        }
        settle('complete');
      }),
      { numRuns: 150 },
    );
  });
});
