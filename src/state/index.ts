/** Keyed state: off-heap where rows have a record type and a key of fields, on the heap otherwise. */

export { ByteReader, ByteWriter } from './byte-stream.ts';
export { Expiry } from './expiry.ts';
export type { Expirable, TtlOptions } from './expiry.ts';
export { estimateBytes } from './estimate-bytes.ts';
export { PROBE_SOURCE } from './find.ts';
export type { Find, KeyEquality } from './find.ts';
export { foldChanges } from './fold-changes.ts';
export { HeapListPart } from './heap-list-part.ts';
export { HeapMapPart } from './heap-map-part.ts';
export { HeapValuePart } from './heap-value-part.ts';
export { IntColumns, WordColumns } from './id-columns.ts';
export type { KeyIndex } from './key-index.ts';
export { NO_KEY } from './key-space.ts';
export type { KeyResolver, KeySpace } from './key-space.ts';
export { createKeyedBackend } from './keyed-state-backend.ts';
export type { KeyedBackendOptions, KeyedInput } from './keyed-state-backend.ts';
export type {
  KeyDescriptor,
  KeyedBackend,
  KeyedGroup,
  KeyedPart,
  KeyedSnapshot,
  OperatorSnapshot,
  OperatorStateSnapshot,
  PartDescriptor,
  Redistribution,
  SnapshotProgress,
  UnknownParts,
} from './keyed-backend.ts';
export { QuotaAccount } from './memory-account.ts';
export type { MemoryAccount } from './memory-account.ts';
export { normalKey } from './normal-key.ts';
export type { NormalKey } from './normal-key.ts';
export { RowArena } from './row-arena.ts';
export {
  NO_REF,
  REF_PAGE_SHIFT,
  REF_UNIT_MASK,
  ROW_HASH,
  ROW_NEXT,
  ROW_PREFIX_BYTES_TIMED,
  ROW_PREVIOUS,
  ROW_TIMESTAMP,
  ROW_WORD0,
} from './row-layout.ts';
export { valueScratch } from './row-io.ts';
export { redistribute } from './redistribute.ts';
export type { InstanceState } from './redistribute.ts';
export { RowListCursor, RowListPart } from './row-list-part.ts';
export { RowMapPart } from './row-map-part.ts';
export type { RowMapOptions } from './row-map-part.ts';
export { RowStore } from './row-store.ts';
export { offsetOf, pageOf, RowTable } from './row-table.ts';
export type { RowTableOptions } from './row-table.ts';
export { RowTableSnapshots } from './row-table-snapshots.ts';
export type { RowTableSnapshotsOptions } from './row-table-snapshots.ts';
export { createTimerService } from './timer-queue.ts';
export type { TimerServiceOptions } from './timer-queue.ts';
export { RowValuePart } from './row-value-part.ts';
export { restoredStamp } from './part-options.ts';
export type { PartOptions } from './part-options.ts';
export type { OnTimer, TimerService } from './timer-service.ts';
