/**
 * Laws of a selection: its row is, field by field, the object that the plain twin makes, also as bytes; a function is called
 * once for each row.
 */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { computed, f64, i32, nullable, record, textOf, utf8 } from 'millrace';
import type { Stream } from 'millrace';
import { inEveryMode, testOperator } from 'millrace/testing';
import { compileSelect, plainSelect, selectTransformation } from '../../src/operators/select.ts';
import type { SelectSpec } from '../../src/operators/select.ts';
import { compileCodec, Memory, recordFromDescriptor } from '../../src/record/index.ts';
import type { RecordType, SelectedRow } from '../../src/record/index.ts';
import { anyTypedRow } from '../support/record-arbitraries.ts';

const Bid = record('Bid', { auction: i32, price: f64, channel: utf8, note: nullable(utf8) });
type Bid = { auction: number; price: number; channel: string; note: string | null };

const rows: Bid[] = [
  { auction: 1, price: 10, channel: 'web', note: null },
  { auction: 2, price: 20.5, channel: 'a text that is longer than sixteen', note: 'späte' },
  { auction: 3, price: -0, channel: '', note: '' },
];

describe('a selection', () => {
  it('gives fields by new names and computed ones, with timestamps, to sinks, rings and functions', async () => {
    const test = await inEveryMode(
      (options) =>
        testOperator(
          (bids: Stream<Bid>) =>
            bids
              .select('Converted', {
                id: 'auction',
                euros: computed(f64, (bid) => bid.price / 2),
                through: 'channel',
                letters: computed(i32, (bid) => textOf(bid, 'channel').bytes),
                note: 'note',
                loud: computed(nullable(utf8), (bid) => bid.note?.toUpperCase() ?? null),
              })
              .filter((row) => textOf(row, 'through').count('x') < 9 && row.letters >= 0)
              .keyBy('id')
              .select('Renamed', { a: 'id', b: 'through', c: 'euros', d: 'note', e: 'loud' }),
          { type: Bid, ...options },
        ),
      (input) => rows.forEach((row, i) => input.push(row, 10 * i)),
    );
    expect(test.emitted).toEqual(
      rows.map(({ auction, channel, price, note }, i) => ({
        row: { a: auction, b: channel, c: price / 2, d: note, e: note?.toUpperCase() ?? null },
        timestamp: 10 * i,
      })),
    );
  });

  it('is one expression for the driver, and stands in the plan', () => {
    const transformation = selectTransformation({
      type: record('R', { id: i32, euros: f64 }),
      fields: { id: 'auction', euros: (bid: Bid) => bid.price },
      from: Bid.fingerprint,
    });
    expect(transformation).toMatchObject({
      kind: 'select',
      params: { fields: { id: 'auction', euros: { computed: true } } },
      changelog: 'keeps',
    });
    expect(transformation.create({} as never).fused?.form).toBe('map');
  });

  it('says which fields it reads, unless a function may read any', () => {
    const type = record('R', { a: i32, b: i32 });
    const from = Bid.fingerprint;
    const named = selectTransformation({ type, fields: { a: 'auction', b: 'price' }, from });
    expect(named.reads).toEqual([['auction', 'price']]);
    const calling = selectTransformation({ type, fields: { a: 'auction', b: () => 1 }, from });
    expect(calling.reads).toEqual([undefined]);
  });

  it('calls a function once for each row, in order, however often its field is read', () => {
    let calls = 0;
    const select = compileSelect({
      type: record('R', { n: i32, m: i32 }),
      fields: { n: () => ++calls, m: () => 10 * ++calls },
      from: Bid.fingerprint,
    })!;
    const first = select(rows[0]) as { n: number; m: number };
    expect([first.n, first.n, first.m, first.m]).toEqual([1, 1, 20, 20]);
    select(rows[1]);
    expect(calls).toBe(4);
  });

  it('reads through to the row, whatever kind of row that is, and copies to keep', () => {
    const spec: SelectSpec = {
      type: record('R', { to: utf8, note: nullable(utf8), size: utf8 }),
      fields: { to: 'channel', note: 'note', size: (bid: Bid) => String(bid.channel.length) },
      from: Bid.fingerprint,
    };
    const select = compileSelect(spec)!;
    const row = select(rows[1]) as SelectedRow & { to: string };
    const kept = row.copy();
    expect(kept).toEqual({ to: rows[1]!.channel, note: 'späte', size: '34' });
    expect(JSON.parse(JSON.stringify(row))).toEqual(kept);
    // Without bytes below there is no slice, and the text is encoded when its bytes are asked for.
    expect(row.sliceOf('to')).toBeUndefined();
    expect(Buffer.from(row.bytesOf('note')!).toString()).toBe('späte');
    expect(Buffer.from(row.bytesOf('size')!).toString()).toBe('34');
    expect(() => row.bytesOf('nothing')).toThrow(
      expect.objectContaining({ code: 'ERR_RECORD_FIELD' }),
    );
    const view = viewOf(Bid, rows[1]!);
    const over = select(view) as SelectedRow & { to: string };
    expect(over.sliceOf('to')!.memory).toBe((view as { memory?: unknown }).memory);
    expect(over.bytesOf('note')).toEqual(new TextEncoder().encode('späte'));
    expect((select(rows[0]) as SelectedRow).bytesOf('note')).toBeNull();
    // The same object again and again; what was copied stays.
    expect(over).toBe(row);
    expect(kept).toEqual({ to: rows[1]!.channel, note: 'späte', size: '34' });
  });

  it('is what its plain twin makes, also as bytes', () => {
    const typed = anyTypedRow().chain(({ descriptor, row }) =>
      fc.record({
        descriptor: fc.constant(descriptor),
        row: fc.constant(row),
        order: fc.shuffledSubarray(
          descriptor.fields.filter(({ deprecated }) => !deprecated),
          { minLength: 1 },
        ),
        asView: fc.boolean(),
        computedFrom: fc.nat(4),
      }),
    );
    fc.assert(
      fc.property(typed, ({ descriptor, row, order, asView, computedFrom }) => {
        const type = recordFromDescriptor(descriptor);
        const spec: SelectSpec = {
          type: recordFromDescriptor({
            name: `Selected${descriptor.name}`,
            fields: order.map((field, i) => ({ ...field, name: `s${i}` })),
          }),
          fields: Object.fromEntries(
            order.map(({ name }, i) => [
              `s${i}`,
              i % 5 === computedFrom ? (from: never) => copied(from[name]) : name,
            ]),
          ),
          from: type.fingerprint,
        };
        const source = asView ? viewOf(type, row) : row;
        const selected = compileSelect(spec)!(source) as SelectedRow;
        const plain = plainSelect(spec)(asView ? (source as SelectedRow).copy() : source);
        expect(selected.copy()).toEqual(plain);
        expect(bytesOf(spec.type, selected)).toEqual(bytesOf(spec.type, plain));
        const other = selected.over(source);
        expect(other.copy()).toEqual(plain);
      }),
      { numRuns: 300 },
    );
  });
});

/** What a function gives that keeps a nested row. */
function copied(value: unknown): unknown {
  const copy = (value as { copy?: () => unknown } | null)?.copy;
  return typeof copy === 'function' ? copy.call(value) : value;
}

function viewOf(type: RecordType, row: object): object {
  const codec = compileCodec(type);
  const memory = Memory.ofBytes((codec.boundOf(row) + 15) & -8);
  memory.i32[0] = codec.write(row, memory, 8);
  const view = codec.createView();
  view.bind(memory);
  view.at = 8;
  return view;
}

function bytesOf(type: RecordType, row: unknown): Uint8Array {
  const codec = compileCodec(type);
  const memory = Memory.ofBytes(codec.boundOf(row));
  return memory.u8.slice(0, codec.write(row, memory, 0));
}
