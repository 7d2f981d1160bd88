/** The ground floor: knows nothing of streams. */

export { assert, fail, unreachable } from './assert.ts';
export { alignUp, divCeil, floorMod, isPowerOfTwo, nextPowerOfTwo } from './bits.ts';
export { ManualClock, systemClock } from './clock.ts';
export type { Clock } from './clock.ts';
export { ERROR_TABLE } from './error-table.ts';
export { EngineError, formatError, toEngineError } from './errors.ts';
export type { ErrorCode, ErrorEntry, ErrorPlace, ErrorText, PlainError } from './errors.ts';
export { thrownMessage, thrownText } from './thrown.ts';
export type { ThrownText } from './thrown.ts';
export { chainId, channelId, edgeId, keyGroup, nodeId, subtaskId, workerId } from './ids.ts';
export type {
  Brand,
  ChainId,
  ChannelId,
  EdgeId,
  KeyGroup,
  NodeId,
  SubtaskId,
  WorkerId,
} from './ids.ts';
export { Log } from './log.ts';
export { didYouMean, nearestName } from './nearest.ts';
export type { LogEntry, LogLevel, LogSink } from './log.ts';
export { murmur32, textHash } from './hash.ts';
export { Prng } from './prng.ts';
export {
  formatBytes,
  formatCount,
  formatCpu,
  formatDuration,
  GiB,
  KiB,
  MiB,
  parseBytes,
  parseCpu,
  parseDuration,
} from './units.ts';
