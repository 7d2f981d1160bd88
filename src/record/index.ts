/** A record and a frame as bytes. */

export { defaultOf, readAny } from './any-reader.ts';
export { canonicalBytes, isCanonical } from './canonical.ts';
export type { KeyAccess, KeyValue, RowCodec, RowInput } from './codec.ts';
export { compileCodec } from './codec-compiler.ts';
export { copyRow } from './copy.ts';
export { checkEvolution, requireEvolution } from './evolution.ts';
export type { Evolution, EvolutionNote, EvolutionProblem } from './evolution.ts';
export { exportFbs } from './fbs-export.ts';
export { parseFbs } from './fbs-import.ts';
export { importFbs } from './fbs-source.ts';
export {
  bool,
  bytes,
  deprecated,
  dictionary,
  f32,
  f64,
  i16,
  i32,
  i64,
  i8,
  list,
  nullable,
  timestamp,
  u16,
  u32,
  u64,
  u8,
  utf8,
} from './fields.ts';
export type { DeprecatedField, FieldLike, FieldType, Int64Field, ValueOf } from './fields.ts';
export {
  END_OF_TIME,
  FRAME_HEADER_BYTES,
  FRAME_KIND_SHIFT,
  FrameKind,
  NO_TIMESTAMP,
  NO_WATERMARK,
  PAYLOAD_BYTES_MASK,
  PAYLOAD_BYTES_MAX,
  ROW_KIND_SHIFT,
  RowKind,
  rowKindText,
  TIMESTAMP_BYTES,
} from './frame.ts';
export { fingerprintOf } from './fingerprint.ts';
export { genericCodec } from './generic-codec.ts';
export {
  defaultMaxParallelism,
  keyGroupOf,
  keyGroupOfMurmur,
  keyGroupRange,
  subtaskOfKeyGroup,
} from './key-groups.ts';
export { hashKeyValue } from './key.ts';
export { layoutOf } from './layout.ts';
export type { FieldLayout, RowLayout } from './layout.ts';
export { Memory } from './memory.ts';
export type { FixedBuffer } from './memory.ts';
export { plainCodec } from './plain-codec.ts';
export { projectionOf } from './projection.ts';
export { record, recordFromDescriptor } from './record.ts';
export type { Fields, RowOf, RowOfFields } from './record.ts';
export type {
  FieldDescriptor,
  RecordDescriptor,
  RecordType,
  ScalarKind,
  TypeDescriptor,
} from './record-type.ts';
export { RowViewBase } from './row-view.ts';
export type { RowView } from './row-view.ts';
export { SelectedRow } from './selected-row.ts';
export { readBetween } from './read-text.ts';
export { RowSlice } from './slice.ts';
export { textOf } from './text-of.ts';
export type { TextField } from './text-of.ts';
export { canonicalize, transcode } from './transcode.ts';
export { verifyRow } from './verifier.ts';
