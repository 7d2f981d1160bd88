/** Rings, credits, partitioners, gates: bytes between subtasks. */

export { BarrierScout } from './barrier-scout.ts';
export { createRing, readRingStatistics, ringMemoryBytes } from './channel.ts';
export type { RingDescriptor, RingStatistics } from './channel.ts';
export { ChannelRecording } from './channel-recording.ts';
export {
  barrierAt,
  idleAt,
  latencyMarkerAt,
  watermarkAt,
  writeBarrier,
  writeEnd,
  writeLatencyMarker,
  writeStatus,
  writeWatermark,
} from './control-frames.ts';
export type { Barrier, LatencyMarker } from './control-frames.ts';
export { copyWords } from './copy-words.ts';
export {
  CREDIT_SETTINGS_DEFAULT,
  EXCLUSIVE_BYTES_DEFAULT,
  FLOATING_BYTES_DEFAULT,
  gateBudget,
  sumOfTerms,
  TARGET_MS_DEFAULT,
} from './credits.ts';
export type { CreditSettings, CreditTerm } from './credits.ts';
export { createDoorbell, Doorbell } from './doorbell.ts';
export { forEachFrame, FrameCopies } from './frame-copies.ts';
export { IdleStrategy, spinTurnsMax } from './idle-strategy.ts';
export type { IdleAction, IdlePolicy } from './idle-strategy.ts';
export { InputGate } from './input-gate.ts';
export { OutputGate, OutputPressure } from './output-gate.ts';
export type { OutputStatistics } from './output-gate.ts';
export {
  BROADCAST,
  BroadcastPartitioner,
  createPartitioner,
  CustomPartitioner,
  fanOut,
  FirstPartitioner,
  KeyGroupPartitioner,
  keyGroupTable,
  RoundRobinPartitioner,
  ShufflePartitioner,
} from './partitioner.ts';
export type { ChannelPair, Partitioner, PartitionerOptions, PartitionKind } from './partitioner.ts';
export {
  checkCapacity,
  frameBytesMax,
  RING_BYTES_MAX,
  RING_BYTES_MIN,
  usableBytes,
} from './ring-layout.ts';
export { RingReader } from './ring-reader.ts';
export type { FrameHandler, RingReaderOptions } from './ring-reader.ts';
export { RingWriter } from './ring-writer.ts';
export { OVERDRAFT_BYTES_DEFAULT, SEGMENT_BYTES_DEFAULT } from './writer-options.ts';
export type { Pressure, RingWriterOptions } from './writer-options.ts';
