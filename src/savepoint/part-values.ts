/**
 * What one key has in one state, as a plain value: the formats are those of the parts that write them.
 *
 *     value, reducing        [stamp] row or value
 *     number                 [stamp] float64
 *     aggregating            [stamp] value; of declared aggregates words, timestamp, [heap values]
 *     list                   count, then each [time, flag] row, or [stamp] value
 *     map                    count, then each [stamp] key, row or value
 *     timers                 count, then each namespace, time
 *     timedRow               [stamp] time, row; without a record type [stamp] value
 *     joinRows               count, then each time, mark, row
 *     ranked                 [stamp] count, then rows
 *     slices, sessions       clock, count, then each its times, words, [heap values]
 *     windows, window-global structured clone
 *
 * A stamp is there where the state has a time to live.
 */

import { deserialize } from 'node:v8';

import type { RecordDescriptor } from '../record/index.ts';
import { ByteReader } from '../state/index.ts';
import type { ByteWriter, PartDescriptor } from '../state/index.ts';
import { HEAP_VALUE, keyRowForm, rowForm } from './row-values.ts';
import type { ValueForm } from './row-values.ts';

/** One kind of state. */
export interface PartForm {
  /** What `bytes` hold for one key. @throws ERR_STATE_SNAPSHOT */
  read(bytes: Uint8Array): unknown;
  /**
   * Writes another value; undefined where only the operator itself knows how.
   *
   * @param before bytes of the value that it replaces, whose stamps and times stay; undefined: there was none
   */
  readonly write?: (value: unknown, before: Uint8Array | undefined, out: ByteWriter) => void;
}

/** The form of a state; bytes of kinds that only their operator can read are left as they are. */
export function partForm(part: PartDescriptor): PartForm {
  const { kind, types } = part;
  const row = types['row'] as RecordDescriptor | undefined;
  const one = row === undefined ? HEAP_VALUE : rowForm(row);
  const stamped = part.stamps === true;
  switch (kind) {
    case 'value':
    case 'reducing':
      return single(one, stamped);
    case 'aggregating':
      return types['aggregates'] === undefined ? single(one, stamped) : wordsPart(part, stamped);
    case 'number':
      return single(NUMBER, stamped);
    case 'timedRow':
      return row === undefined ? single(HEAP_VALUE, stamped) : single(timed(one), stamped);
    case 'list':
      return row === undefined ? many(one, stamped ? 8 : 0) : many(one, 12);
    case 'ranked':
      return reading((source) => {
        if (stamped) source.f64();
        return manyOf(source, () => one.read(source));
      });
    case 'map': {
      const key = types['key'] as RecordDescriptor | undefined;
      return many(pair(key === undefined ? HEAP_VALUE : keyRowForm(key), one), stamped ? 8 : 0);
    }
    case 'joinRows':
      return reading((source) =>
        manyOf(source, () => ({ time: source.f64(), mark: source.i32(), row: one.read(source) })),
      );
    case 'timers':
      return many(TIMER, 0);
    case 'slices':
    case 'sessions':
      return windowWords(part);
    case 'windows':
      return reading((source) => panesOf(deserialize(source.bytes())));
    case 'window-global':
      return reading((source) => deserialize(source.bytes()) as unknown);
    default:
      return reading(restOf);
  }
}

const NUMBER: ValueForm = {
  read: (source) => source.f64(),
  write: (value, out) => out.putF64(value as number),
};

const TIMER: ValueForm = {
  read: (source) => ({ namespace: source.f64(), time: source.f64() }),
  write: (value, out) => {
    const { namespace, time } = value as { readonly namespace: number; readonly time: number };
    out.putF64(namespace);
    out.putF64(time);
  },
};

function timed(rows: ValueForm): ValueForm {
  return {
    read: (source) => ({ time: source.f64(), row: rows.read(source) }),
    write: (value, out) => {
      const { time, row } = value as { readonly time: number; readonly row: unknown };
      out.putF64(time);
      rows.write(row, out);
    },
  };
}

function pair(keys: ValueForm, values: ValueForm): ValueForm {
  return {
    read: (source) => [keys.read(source), values.read(source)],
    write: (value, out) => {
      const [key, held] = value as readonly [unknown, unknown];
      keys.write(key, out);
      values.write(held, out);
    },
  };
}

/** One value, with a stamp before it or none. */
function single(form: ValueForm, stamped: boolean): PartForm {
  return {
    read: (bytes) => {
      const source = new ByteReader(bytes);
      if (stamped) source.f64();
      return form.read(source);
    },
    write: (value, before, out) => {
      if (stamped) putPrefix(before === undefined ? undefined : new ByteReader(before), 8, out);
      form.write(value, out);
    },
  };
}

/** Values with `prefix` bytes before each: 8 for a stamp, 12 for the time and the flag of a row in a list, 0 for none. */
function many(form: ValueForm, prefix: number): PartForm {
  const items = (bytes: Uint8Array): { readonly at: Uint8Array; readonly value: unknown }[] => {
    const source = new ByteReader(bytes);
    return manyOf(source, () => ({ at: prefixOf(source, prefix), value: form.read(source) }));
  };
  return {
    read: (bytes) => items(bytes).map(({ value }) => value),
    write: (value, before, out) => {
      const held = before === undefined ? [] : items(before);
      const values = value as readonly unknown[];
      out.putI32(values.length);
      values.forEach((item, i) => {
        const at = held[i]?.at;
        putPrefix(at === undefined ? undefined : new ByteReader(at), prefix, out);
        form.write(item, out);
      });
    },
  };
}

function prefixOf(source: ByteReader, bytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  if (bytes >= 8) view.setFloat64(0, source.f64(), true);
  if (bytes === 12) view.setInt32(8, source.i32(), true);
  return new Uint8Array(view.buffer);
}

/** What has no time of its own begins to live now. */
function putPrefix(before: ByteReader | undefined, bytes: number, out: ByteWriter): void {
  if (bytes >= 8) out.putF64(before === undefined ? Date.now() : before.f64());
  if (bytes === 12) out.putI32(before === undefined ? 0 : before.i32());
}

function wordsPart(part: PartDescriptor, stamped: boolean): PartForm {
  const { words, heap } = layoutOfWords(part);
  if (words === undefined) return reading(restOf);
  const stampAt = (bytes: Uint8Array): ByteReader => new ByteReader(bytes);
  return {
    read: (bytes) => {
      const source = new ByteReader(bytes);
      if (stamped) source.f64();
      const read = Array.from({ length: words }, () => source.f64());
      const time = source.f64();
      return heap ? { words: read, time, heap: HEAP_VALUE.read(source) } : { words: read, time };
    },
    write: (value, before, out) => {
      if (stamped) putPrefix(before === undefined ? undefined : stampAt(before), 8, out);
      const accumulator = value as { words: readonly number[]; time: number; heap?: unknown };
      for (let k = 0; k < words; k++) out.putF64(accumulator.words[k]!);
      out.putF64(accumulator.time);
      if (heap) HEAP_VALUE.write(accumulator.heap, out);
    },
  };
}

/** Windows whose accumulators are words: `[{ start, words }]`, or of sessions `[{ start, end, due, fired, words }]`. */
function windowWords(part: PartDescriptor): PartForm {
  const { words, heap } = layoutOfWords(part);
  if (words === undefined) return reading(restOf);
  return reading((source) => {
    source.f64();
    return manyOf(source, () => {
      const start = source.f64();
      const times =
        part.kind === 'slices'
          ? { start }
          : { start, end: source.f64(), due: source.f64(), fired: source.f64() };
      const read = Array.from({ length: words }, () => source.f64());
      if (!heap) return { ...times, words: read };
      return { ...times, words: read, heap: deserialize(source.bytes()) as unknown };
    });
  });
}

/** How many words an accumulator has, and whether values of the heap follow; written since there is something to read it. */
function layoutOfWords({ types }: PartDescriptor): {
  readonly words: number | undefined;
  readonly heap: boolean;
} {
  const words = types['words'];
  return { words: typeof words === 'number' ? words : undefined, heap: types['heap'] === true };
}

type PaneImage = readonly [
  start: number,
  end: number,
  filled: boolean,
  value: unknown,
  triggerState: unknown,
  windowState: unknown,
  silenced: boolean,
];

function panesOf(images: unknown): unknown[] {
  return (images as readonly PaneImage[]).map(
    ([start, end, filled, value, triggerState, windowState]) => ({
      start,
      end,
      filled,
      value,
      ...(triggerState === undefined ? {} : { triggerState }),
      ...(windowState === undefined ? {} : { windowState }),
    }),
  );
}

function reading(read: (source: ByteReader) => unknown): PartForm {
  return { read: (bytes) => read(new ByteReader(bytes)) };
}

function manyOf<T>(source: ByteReader, read: () => T): T[] {
  return Array.from({ length: source.i32() }, read);
}

function restOf(source: ByteReader): unknown {
  return source.rest().slice();
}
