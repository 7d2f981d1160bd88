/** Rows in flight as operator state: they are sent again after a restore. */

import { EngineError } from '../base/index.ts';
import {
  compileCodec,
  genericCodec,
  Memory,
  readAny,
  requireEvolution,
  RowKind,
  verifyRow,
} from '../record/index.ts';
import type { RecordDescriptor, RecordType } from '../record/index.ts';
import { ByteReader, ByteWriter } from '../state/index.ts';
import type { OperatorStateSnapshot } from '../state/index.ts';

/** One row whose answer was not emitted yet. */
export interface InFlight {
  /** Kept; plain. */
  readonly row: unknown;
  readonly timestamp: number;
  readonly kind: RowKind;
}

/** Name of the state within the operator. */
const NAME = 'in-flight';

/** One element a row: timestamp, kind, the record type as JSON (empty for none), the row's bytes. */
export function snapshotInFlight(
  rows: readonly InFlight[],
  type: RecordType | undefined,
): OperatorStateSnapshot {
  const codec = type === undefined ? genericCodec() : compileCodec(type);
  const descriptor = type === undefined ? '' : JSON.stringify(type.descriptor);
  let memory = Memory.ofBytes(1024);
  const elements = rows.map(({ row, timestamp, kind }) => {
    const bound = 8 + codec.boundOf(row);
    if (bound > memory.u8.length) memory = Memory.ofBytes(Math.ceil(bound / 8) * 16);
    const bytes = codec.write(row, memory, 8);
    const out = new ByteWriter();
    out.putF64(timestamp);
    out.putU8(kind);
    out.putText(descriptor);
    out.putBytes(memory.u8.subarray(8, 8 + bytes));
    return out.toBytes();
  });
  return { name: NAME, redistribution: 'split', elements };
}

/**
 * The rows back, as the type that the stream has now.
 *
 * @throws ERR_STATE_SNAPSHOT, ERR_RECORD_CORRUPT damaged
 * @throws ERR_RECORD_EVOLUTION rows of the type they were written with cannot be read as the type of today
 */
export function restoreInFlight(
  states: readonly OperatorStateSnapshot[],
  type: RecordType | undefined,
): InFlight[] {
  return states
    .filter(({ name }) => name === NAME)
    .flatMap(({ elements }) => elements.map((bytes) => readElement(bytes, type)));
}

function readElement(element: Uint8Array, type: RecordType | undefined): InFlight {
  const source = new ByteReader(element);
  const timestamp = source.f64();
  const kind = source.u8();
  if (kind > RowKind.delete) {
    throw new EngineError('ERR_STATE_SNAPSHOT', { expected: 'a kind of row', got: String(kind) });
  }
  const descriptor = source.text();
  // A copy: aligned, and not tied to the buffer of the snapshot.
  const bytes = source.bytes().slice();
  return { row: readRow(bytes, descriptor, type), timestamp, kind: kind as RowKind };
}

function readRow(bytes: Uint8Array, descriptor: string, type: RecordType | undefined): unknown {
  if (descriptor === '') {
    const memory = Memory.ofBytes(8 + Math.ceil(bytes.length / 8) * 8);
    memory.u8.set(bytes, 8);
    return genericCodec().read(memory, 8);
  }
  const written = JSON.parse(descriptor) as RecordDescriptor;
  const readAs = type?.descriptor ?? written;
  verifyRow(bytes, written);
  if (type !== undefined) requireEvolution(written, readAs);
  return readAny(bytes, 0, readAs);
}
