/** The machine a number was measured on; printed with every report, since a number without it means nothing. */

import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os';

/** What a reader must know to judge a number. */
export interface MachineInfo {
  /** `v26.10.0`. */
  readonly node: string;
  readonly v8: string;
  /** CPUs this process may use. */
  readonly cpus: number;
  readonly model: string;
  readonly platform: string;
  readonly memoryBytes: number;
  /** One-minute load average before the run; 0 where the system has none. */
  readonly load: number;
}

/** Reads it; never fails. */
export function machineInfo(): MachineInfo {
  return {
    node: process.version,
    v8: process.versions.v8,
    cpus: availableParallelism(),
    model: cpus()[0]?.model.trim() ?? 'unknown',
    platform: `${platform()}-${arch()}`,
    memoryBytes: totalmem(),
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}
