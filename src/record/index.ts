/** A record and a frame as bytes. */

export type { KeyAccess, KeyValue, RowCodec } from './codec.ts';
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
  TIMESTAMP_BYTES,
} from './frame.ts';
export { Memory } from './memory.ts';
export type { FixedBuffer } from './memory.ts';
export type {
  FieldDescriptor,
  RecordDescriptor,
  RecordType,
  ScalarKind,
  TypeDescriptor,
} from './record-type.ts';
export { RowViewBase } from './row-view.ts';
export type { RowView } from './row-view.ts';
