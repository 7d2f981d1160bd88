/** The public face of the package; every name is listed. */

export { EngineError, formatError } from './base/index.ts';
export type { ErrorCode } from './base/index.ts';
export { Engine } from './control/index.ts';
export { boundedOutOfOrderness, job, monotonousTimestamps, outputTag } from './graph/index.ts';
export { defineConfig } from './placement/index.ts';
export {
  bool,
  bytes,
  checkEvolution,
  deprecated,
  dictionary,
  exportFbs,
  f32,
  f64,
  i16,
  i32,
  i64,
  i8,
  importFbs,
  list,
  nullable,
  record,
  timestamp,
  u16,
  u32,
  u64,
  u8,
  utf8,
} from './record/index.ts';
export type { RowOf } from './record/index.ts';
