/**
 * Snapshots of a table of rows, in the format of keyed backends: the rows are its part `row`, the timestamps beside them its
 * part `time`. References stand for key ids; the key of each row is read from the row.
 *
 * Law (test/state/row-table-snapshots.property.test.ts): a table that is restored holds the same rows, hashes and timestamps; in
 * which order is open, since a snapshot is by key group. What a table gives, a keyed backend of equal keys and parts reads.
 */

import type { KeyValue, RecordType, RowCodec } from '../record/index.ts';
import type { ByteReader, ByteWriter } from './byte-stream.ts';
import { readWords } from './key-reader.ts';
import { isVector, keyLayoutsOf, keyShapeOf } from './key-shape.ts';
import type { KeyedPart, KeyedSnapshot, PartDescriptor } from './keyed-backend.ts';
import { failUnknown, requireKind, restoreGroups } from './restore-groups.ts';
import { putRow, requireRows, RowScratch } from './row-io.ts';
import { NO_REF, ROW_WORD0 } from './row-layout.ts';
import { offsetOf } from './row-table.ts';
import type { RowTable } from './row-table.ts';
import { KeyedWriting } from './keyed-writing.ts';
import type { SnapshotKeys } from './snapshot-groups.ts';
import { ONE_KEY, rowKeyCodec, valueKeyCodec } from './snapshot-keys.ts';
import type { KeyCodec } from './snapshot-keys.ts';

/** What snapshots are taken of. */
export interface RowTableSnapshotsOptions {
  readonly operatorName: string;
  /** Number of key groups; a row's group is its hash modulo this. */
  readonly maxParallelism: number;
  readonly table: RowTable;
  readonly type: RecordType;
  readonly codec: RowCodec;
  /** Fields that the key is read from; undefined when all rows are of one key. */
  readonly keyFields: readonly string[] | undefined;
  /** The key of a row of the table. Called for keyed tables only. */
  readonly keyOf: (ref: number) => KeyValue;
  /** Timestamp of rows whose snapshot has none. */
  readonly noTimestamp: number;
}

/**
 * Snapshots of one table. Owner: the subtask's worker.
 *
 * @example
 * const snapshots = new RowTableSnapshots(options);
 * const held = snapshots.take(table.first);
 * new RowTableSnapshots(ofAnotherTable).restore([held], 0, 127);
 */
export class RowTableSnapshots {
  readonly #options: RowTableSnapshotsOptions;
  readonly #operatorName: string;
  readonly #maxParallelism: number;
  readonly #codec: KeyCodec;
  readonly #keys: TableKeys;
  readonly #parts: readonly KeyedPart[];
  #writing: KeyedWriting | undefined = undefined;

  constructor(options: RowTableSnapshotsOptions) {
    const { keyFields, type } = options;
    const shape = keyFields && keyShapeOf(type, keyFields);
    this.#options = options;
    this.#operatorName = options.operatorName;
    this.#maxParallelism = options.maxParallelism;
    this.#codec = shape === undefined ? valueKeyCodec() : rowKeyCodec(shape);
    this.#keys = new TableKeys(options);
    options.table.writeKey = (ref, out) => {
      out.putI32(this.#keys.hashOf(ref));
      this.#codec.putOf(out, this.#keys, ref);
    };
    this.#parts = [new TableRows(options, this.#keys), new TableTimes(options, this.#keys)];
  }

  /** All rows from this one on, in insertion order; one snapshot at a time. */
  take(first: number): KeyedSnapshot {
    const { table } = this.#options;
    this.#writing?.finish();
    this.#writing = new KeyedWriting({
      keys: this.#keys,
      codec: this.#codec,
      parts: this.#parts,
      maxParallelism: this.#maxParallelism,
      changes: table.changes,
    });
    // The rows before were emitted when the input ended, and nothing changes any more.
    for (let ref = table.first; ref !== first; ref = table.next(ref)) this.#writing.leaveOut(ref);
    return this.#writing.snapshot;
  }

  /** Writes what is left of the snapshot that was taken last; before the table goes. */
  finish(): void {
    this.#writing?.finish();
    this.#writing = undefined;
  }

  /**
   * Inserts what snapshots hold of key groups `first` to `last` (inclusive) into the empty table.
   *
   * @throws ERR_STATE_SNAPSHOT, ERR_STATE_UNKNOWN_PART, ERR_STATE_PART_KIND, ERR_STATE_KEY_TYPE, ERR_STATE_QUOTA
   */
  restore(snapshots: readonly KeyedSnapshot[], first: number, last: number): void {
    const operatorName = this.#operatorName;
    const partFor = (from: PartDescriptor): KeyedPart => {
      const part = this.#parts.find(({ descriptor }) => descriptor.name === from.name);
      if (part === undefined) failUnknown(operatorName, from, ['row', 'time']);
      requireKind(operatorName, part, from);
      return part;
    };
    const target = { operatorName, keys: this.#keys, codec: this.#codec, partFor };
    restoreGroups(target, snapshots, first, last);
  }
}

/** References as ids. A key that is read has none until its row is there, the first part of every key. */
class TableKeys implements SnapshotKeys {
  /** Of the key that was read last: its hash, then where its row lies. */
  hash = 0;
  ref: number = NO_REF;
  readonly #options: RowTableSnapshotsOptions;

  constructor(options: RowTableSnapshotsOptions) {
    this.#options = options;
    this.wordsOf = wordsReader(options);
  }

  /** Only for keys without vectors. */
  readonly wordsOf: ((ref: number) => Int32Array) | undefined;

  keyOf(ref: number): KeyValue {
    return this.#options.keyFields === undefined ? ONE_KEY : this.#options.keyOf(ref);
  }

  hashOf(ref: number): number {
    return this.#options.table.hashOf(ref);
  }

  intern(_key: KeyValue, hash: number): number {
    this.hash = hash;
    return NO_REF;
  }

  /** A row stays. */
  settle(): void {}
}

function wordsReader({
  keyFields,
  table,
  type,
}: RowTableSnapshotsOptions): ((ref: number) => Int32Array) | undefined {
  const shape = keyFields && keyShapeOf(type, keyFields);
  if (shape === undefined || shape.parts.some(({ kind }) => isVector(kind))) return undefined;
  const fields = keyLayoutsOf(type, keyFields!)!;
  const words = new Int32Array(shape.words);
  const row = { memory: table.memoryOf(NO_REF), at: 0 };
  return (ref) => {
    row.memory = table.memoryOf(ref);
    row.at = offsetOf(ref);
    for (let i = 0; i < fields.length; i++) readWords(shape.parts[i]!, fields[i]!, row, words);
    return words;
  };
}

class TableRows implements KeyedPart {
  readonly descriptor: PartDescriptor;
  readonly #options: RowTableSnapshotsOptions;
  readonly #keys: TableKeys;
  readonly #scratch: RowScratch;
  /** The descriptor that was found readable last. */
  #readable: PartDescriptor | undefined = undefined;

  constructor(options: RowTableSnapshotsOptions, keys: TableKeys) {
    this.descriptor = { name: 'row', kind: 'value', types: { row: options.type.descriptor } };
    this.#options = options;
    this.#keys = keys;
    this.#scratch = new RowScratch(options.codec);
  }

  has(): boolean {
    return true;
  }

  write(ref: number, out: ByteWriter): void {
    const memory = this.#options.table.memoryOf(ref);
    const at = offsetOf(ref);
    putRow(out, memory, at, memory.i32[(at + ROW_WORD0) >> 2]!);
  }

  read(_: number, source: ByteReader, from: PartDescriptor): void {
    const { noTimestamp, operatorName, table, type } = this.#options;
    if (from !== this.#readable) {
      requireRows(operatorName, from, type);
      this.#readable = from;
    }
    const scratch = this.#scratch;
    scratch.load(source);
    this.#keys.ref = table.insertCopy(scratch.source, scratch.at, scratch.bytes, this.#keys.hash);
    if (table.timestamps) table.setTimestamp(this.#keys.ref, noTimestamp);
  }

  dispose(): void {
    this.#options.table.dispose();
  }
}

class TableTimes implements KeyedPart {
  readonly descriptor: PartDescriptor = { name: 'time', kind: 'number', types: {} };
  readonly #table: RowTable;
  readonly #keys: TableKeys;

  constructor({ table }: RowTableSnapshotsOptions, keys: TableKeys) {
    this.#table = table;
    this.#keys = keys;
  }

  has(): boolean {
    return this.#table.timestamps;
  }

  write(ref: number, out: ByteWriter): void {
    out.putF64(this.#table.timestampOf(ref));
  }

  read(_: number, source: ByteReader): void {
    const timestamp = source.f64();
    if (this.#table.timestamps) this.#table.setTimestamp(this.#keys.ref, timestamp);
  }

  dispose(): void {
    this.#table.dispose();
  }
}
