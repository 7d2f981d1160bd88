/** Keyed state out of a snapshot, as plain values. */

import { inspect } from 'node:util';

import { EngineError } from '../base/index.ts';
import { compileCodec, Memory, recordFromDescriptor } from '../record/index.ts';
import type { KeyValue, RecordDescriptor } from '../record/index.ts';
import { ByteReader, valueScratch } from '../state/index.ts';
import type { KeyedSnapshot, PartDescriptor } from '../state/index.ts';
import { PLAIN } from './fold-table.ts';
import type { JobSnapshot } from './job-snapshot.ts';

/** What one key has in one state. */
export interface KeyState {
  /** The key as user code sees it. */
  readonly key: KeyValue;
  /** Name of the state, or of a structure of the operator. */
  readonly name: string;
  /** `value`, `list`, `map`, `reducing`, `aggregating`, `timers`, `windows`, … */
  readonly kind: string;
  /**
   * A value or row; an array of them for a list; an array of `[key, value]` for a map; an array of `{ namespace, time }`
   * for timers; bytes for structures that only their operator can read.
   */
  readonly value: unknown;
}

/** Bytes before a row in memory. */
const ROW_AT = 8;

/**
 * The keyed state of one operator in a snapshot, in the order of the keys' texts.
 *
 * @param uid of the operator
 * @throws ERR_STATE_SNAPSHOT the bytes are damaged
 * @example
 * stateOf(await run.checkpoint(), 'visits'); // [{ key: 'a', name: 'count', kind: 'value', value: 3 }]
 */
export function stateOf(snapshot: JobSnapshot, uid: string): KeyState[] {
  const found = snapshot.subtasks.flatMap(({ snapshot: { operators } }) => {
    const keyed = operators[uid]?.keyed;
    return keyed === undefined ? [] : readKeyed(keyed);
  });
  return found
    .map((state) => ({ state, text: inspect([state.key, state.name], PLAIN) }))
    .toSorted((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ state }) => state);
}

type Read = (source: ByteReader) => unknown;

/** The layout is that of the state room's snapshot-groups.ts. */
function readKeyed(snapshot: KeyedSnapshot): KeyState[] {
  const readKey = snapshot.key.generic ? readValue : keyReader(snapshot.key.type);
  const readers = snapshot.parts.map(partReader);
  return snapshot.groups.flatMap(({ bytes }) => {
    const source = new ByteReader(bytes);
    const states: KeyState[] = [];
    for (let keys = source.i32(); keys > 0; keys--) {
      source.i32();
      const key = readKey(source) as KeyValue;
      for (let parts = source.u8(); parts > 0; parts--) {
        const index = source.u8();
        const part = snapshot.parts[index];
        const state = source.bytes();
        if (part === undefined) {
          const expected = `a part below ${snapshot.parts.length}`;
          throw new EngineError('ERR_STATE_SNAPSHOT', { expected, got: index });
        }
        const { name, kind } = part;
        states.push({ key, name, kind, value: readers[index]!(new ByteReader(state)) });
      }
    }
    return states;
  });
}

function keyReader(type: RecordDescriptor): Read {
  const readRow = rowReader(type);
  return (source) => {
    const parts = Object.values(readRow(source) as Record<string, unknown>);
    return parts.length === 1 ? parts[0] : parts;
  };
}

/** What the parts of the state room write; others are left as bytes. */
function partReader(part: PartDescriptor): Read {
  const { kind, types, stamps } = part;
  const row = types['row'] as RecordDescriptor | undefined;
  const one = row === undefined ? readValue : rowReader(row);
  const stamped = (read: Read): Read => {
    if (stamps !== true) return read;
    return (source) => {
      source.f64();
      return read(source);
    };
  };
  switch (kind) {
    case 'value':
    case 'reducing':
      return stamped(one);
    case 'aggregating':
      return types['aggregates'] === undefined ? stamped(one) : readBytes;
    case 'list':
      return many(row === undefined ? stamped(one) : timed(one));
    case 'map': {
      const key = types['key'] as RecordDescriptor | undefined;
      const readKey = key === undefined ? readValue : keyReader(key);
      return many(stamped((source) => [readKey(source), one(source)]));
    }
    case 'timers':
      return many((source) => ({ namespace: source.f64(), time: source.f64() }));
    default:
      return readBytes;
  }
}

/** A timestamp and a flag stand before each row of a list. */
function timed(read: Read): Read {
  return (source) => {
    source.f64();
    source.i32();
    return read(source);
  };
}

function many(read: Read): Read {
  return (source) => Array.from({ length: source.i32() }, () => read(source));
}

function rowReader(type: RecordDescriptor): Read {
  const codec = compileCodec(recordFromDescriptor(type));
  return (source) => {
    const bytes = source.bytes();
    const memory = Memory.ofBytes(ROW_AT + Math.ceil(bytes.length / 8) * 8);
    memory.u8.set(bytes, ROW_AT);
    memory.i32[0] = bytes.length;
    return codec.read(memory, ROW_AT);
  };
}

const readValue: Read = (source) => valueScratch().get(source);

/** What is left. */
const readBytes: Read = (source) => source.rest().slice();
