/** The machine a number was measured on; printed with every report, since a number without it means nothing. */

import { createHash } from 'node:crypto';
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

/** Names a kind of machine and its line of Node: values compare where it is the same. */
export function fingerprintOf(machine: MachineInfo): string {
  const { model, cpus: count, platform: name, memoryBytes, node } = machine;
  const gib = Math.round(memoryBytes / 2 ** 30);
  const text = [model, count, name, gib, node.split('.')[0]].join('|');
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
