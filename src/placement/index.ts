/** Physical plan to worker threads: quotas, budgets, the resource allocator, and the configuration it obeys. */

export { place } from './allocator.ts';
export { badRowPolicies } from './bad-rows.ts';
export { checkConfigAgainstPlan } from './config-against-plan.ts';
export { explainConfig } from './config-explain.ts';
export { CONFIG_FILE_NAMES, loadConfig, resolveConfig } from './config-load.ts';
export type { ConfigSurroundings } from './config-load.ts';
export { defineConfig, jobConfigOf } from './config.ts';
export type {
  BytesInput,
  CheckpointConfig,
  CheckpointConfigInput,
  Config,
  ConfigInput,
  ConfigSectionsInput,
  CpuInput,
  DurationInput,
  IdleMode,
  SocketMode,
  WatchdogAction,
  JobConfig,
  JobConfigInput,
  OperatorConfig,
  OperatorConfigInput,
  Percent,
  PinMode,
  RestartConfig,
  RestartConfigInput,
  RestartStrategyName,
} from './config.ts';
export { formatCpuList, parseCpuList } from './cpu-list.ts';
export { explainPlacement } from './explain.ts';
export { probeMachine } from './machine.ts';
export type { Capability, CapabilityName, Machine } from './machine.ts';
export type { MachineHost } from './machine-host.ts';
export { pinCommand, pinThread } from './pinning.ts';
export type { PinResult } from './pinning.ts';
export { shortageError } from './placement.ts';
export type {
  MemoryTerm,
  Placement,
  Shortage,
  SubtaskPlacement,
  WorkerPlacement,
} from './placement.ts';
export { planSettings } from './plan-settings.ts';
export { poolOf, workerHeapLimits } from './pool.ts';
export type { Pool, WorkerHeapLimits } from './pool.ts';
export { usageOf } from './usage.ts';
export type { PoolUsage, WorkerUsage } from './usage.ts';
