/**
 * One row per key as bytes: what the rolling operators keep for a typed stream that is keyed by fields, or for a typed
 * stream that is not keyed at all (then one row).
 */

import { NO_TIMESTAMP, PAYLOAD_BYTES_MASK } from '../record/index.ts';
import type { KeyAccess, Memory, RecordType, RowCodec, RowView } from '../record/index.ts';
import { NO_REF, offsetOf, pageOf, RowTable, RowTableSnapshots } from '../state/index.ts';
import type { KeyedSnapshot, KeyEquality } from '../state/index.ts';
import { FINISH_ROWS_MAX } from './operator.ts';
import type { OperatorContext } from './operator.ts';
import { RowBytes } from './row-bytes.ts';

/** The key of a stream that is not keyed: all rows are of one key. */
const ONE_KEY: KeyEquality = { equalBytes: () => true };

/** State and input of one rolling operator. Owner: the subtask's worker. */
export class KeyedRows {
  readonly table: RowTable;
  readonly codec: RowCodec;
  readonly type: RecordType;
  readonly key: KeyEquality;
  /** The key as user code sees it, for messages; undefined when the stream is not keyed. */
  readonly access: KeyAccess | undefined;
  readonly input: RowBytes;
  /** Encodes results while `input` holds the row they came from. */
  readonly result: RowBytes;
  /**
   * One view for each page of the table, bound to it for good: binding one view anew at every change of page costs more
   * than the rest of an update.
   */
  readonly views: RowView[] = [];
  readonly batch: boolean;
  readonly #snapshots: RowTableSnapshots;
  /** The row that `finish` emitted last. */
  #emitted: number = NO_REF;

  constructor(
    context: OperatorContext,
    type: RecordType,
    codec: RowCodec,
    access: KeyAccess | undefined,
  ) {
    this.batch = context.executionMode === 'batch';
    this.codec = codec;
    this.type = type;
    this.access = access;
    this.key = access ?? ONE_KEY;
    this.table = new RowTable({
      key: this.key,
      fixedBytes: codec.fixedBytes,
      account: context.memory,
      timestamps: this.batch,
    });
    this.input = new RowBytes(codec);
    this.result = new RowBytes(codec);
    this.#snapshots = new RowTableSnapshots({
      operatorName: context.operatorName,
      maxParallelism: context.maxParallelism,
      table: this.table,
      type,
      codec,
      keyFields: access?.fields,
      keyOf: (ref) => access!.valueOf(this.show(ref)),
      noTimestamp: NO_TIMESTAMP,
    });
  }

  /** The view of the row's page, moved to the row. */
  show(ref: number): RowView {
    const view = this.views[pageOf(ref)]!;
    view.at = offsetOf(ref);
    return view;
  }

  /** The first row of a key, copied from the bytes at `at`. @throws ERR_STATE_QUOTA */
  insert(memory: Memory, at: number, hash: number, timestamp: number): number {
    const ref = this.table.insertCopy(memory, at, lengthAt(memory, at), hash);
    this.#addViews();
    if (this.batch) this.table.setTimestamp(ref, timestamp);
    return ref;
  }

  /** Another row of the same key in its place, copied from bytes outside the table. @throws ERR_STATE_QUOTA */
  replace(ref: number, memory: Memory, at: number): number {
    const to = this.table.replaceCopy(ref, memory, at, lengthAt(memory, at));
    this.#addViews();
    return to;
  }

  /** Batch mode: a result carries the largest timestamp of its rows. */
  stamp(ref: number, timestamp: number): void {
    if (timestamp > this.table.timestampOf(ref)) this.table.setTimestamp(ref, timestamp);
  }

  /**
   * Batch mode: emits the last result of each key, in the order in which the keys came first; false while there are more
   * for another call.
   */
  finish(context: OperatorContext): boolean {
    if (!this.batch) return true;
    const { table } = this;
    let ref = this.#next;
    for (let rows = 0; ref !== NO_REF; ref = table.next(ref)) {
      if (rows++ === FINISH_ROWS_MAX) return false;
      context.output.emit(this.show(ref), table.timestampOf(ref));
      this.#emitted = ref;
    }
    return true;
  }

  /** All rows; in `finish` those that are still to be emitted. */
  snapshot(): KeyedSnapshot {
    return this.#snapshots.take(this.#next);
  }

  /** Takes rows of these key groups, both ends inclusive, back into the empty table. */
  restore(snapshots: readonly KeyedSnapshot[], first: number, last: number): void {
    this.#snapshots.restore(snapshots, first, last);
    this.#addViews();
  }

  /** The row after the one that `finish` emitted last. */
  get #next(): number {
    return this.#emitted === NO_REF ? this.table.first : this.table.next(this.#emitted);
  }

  /** Gives back the state's bytes. */
  dispose(): void {
    this.#snapshots.finish();
    this.table.dispose();
  }

  #addViews(): void {
    const { pages } = this.table;
    while (this.views.length < pages.length) {
      const view = this.codec.createView();
      view.bind(pages[this.views.length]!);
      this.views.push(view);
    }
  }
}

/**
 * State as bytes, or undefined when the stream has no record type or is keyed by a function: then values are kept on the
 * heap (keyed-values.ts).
 *
 * @param field of an aggregate that changes in place; one that is part of the key cannot, since the key is read from it
 */
export function keyedRows(context: OperatorContext, field?: string): KeyedRows | undefined {
  const { type, codec, key } = context.inputs[0] ?? failNoInput();
  if (type === undefined || codec === undefined || codec.generic) return undefined;
  if (key === undefined) return new KeyedRows(context, type, codec, undefined);
  if (key.access === undefined) return undefined;
  if (field !== undefined && key.access.fields.includes(field)) return undefined;
  return new KeyedRows(context, type, codec, key.access);
}

function lengthAt(memory: Memory, at: number): number {
  return memory.i32[(at - 8) >> 2]! & PAYLOAD_BYTES_MASK;
}

function failNoInput(): never {
  throw new RangeError('an operator context has at least one input');
}
