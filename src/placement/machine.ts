/**
 * What this machine lets the process use: CPUs, memory, and which ways of measuring and steering threads work here.
 *
 * The result is plain data, so the allocator stays pure; reading goes through {@link MachineHost}, so a test can feed
 * any `/proc` and `/sys`. Law: `cpus` is not empty, `1 <= cpuMilli <= 1000 · cpus.length`, and
 * `memoryLimitBytes <= memoryTotalBytes`.
 */

import { formatCpu } from '../base/index.ts';
import { readCgroupLimits } from './cgroup.ts';
import { parseCpuList } from './cpu-list.ts';
import { nodeHost } from './machine-host.ts';
import type { MachineHost } from './machine-host.ts';

/** Whether something works here, and why or why not. */
export interface Capability {
  readonly available: boolean;
  readonly reason: string;
}

/** What is probed. */
export type CapabilityName =
  | 'pin'
  | 'cpuTime'
  | 'runQueue'
  | 'nice'
  | 'clock'
  | 'waitAsync'
  | 'pause';

/** The machine as the process sees it. Plain data. */
export interface Machine {
  /** `process.platform`. */
  readonly platform: string;
  /** `process.versions.node`. */
  readonly nodeVersion: string;
  /** Numbers of the CPUs the process may run on, ascending. */
  readonly cpus: readonly number[];
  /** Milli-cores of CPU time it may use: the CPUs, or less by a quota. */
  readonly cpuMilli: number;
  /** What sets `cpuMilli`. */
  readonly cpuSource: string;
  readonly memoryTotalBytes: number;
  /** The smaller of total memory and the container's limit. */
  readonly memoryLimitBytes: number;
  readonly memorySource: string;
  /** Resident bytes of the process now. */
  readonly rssBytes: number;
  /** Where `--max-old-space-size` was found (it overrides the heap limit of workers), else undefined. */
  readonly maxOldSpaceFrom: string | undefined;
  /** Smallest step of the monotonic clock, nanoseconds. */
  readonly clockStepNs: number;
  readonly capabilities: Readonly<Record<CapabilityName, Capability>>;
}

/**
 * Probes the machine. Main thread, once, before any worker starts.
 *
 * @example
 * const machine = probeMachine();
 * machine.cpus.length; // 2
 */
export function probeMachine(host: MachineHost = nodeHost): Machine {
  const cpus = usableCpus(host);
  const cgroup = readCgroupLimits((path) => host.readText(path));
  const limited = cgroup.cpuMilli !== undefined && cgroup.cpuMilli < cpus.list.length * 1000;
  const memoryTotalBytes = host.totalMemoryBytes;
  const inContainer = cgroup.memoryBytes !== undefined && cgroup.memoryBytes < memoryTotalBytes;
  const clockStepNs = host.clockStepNs();
  return {
    platform: host.platform,
    nodeVersion: host.nodeVersion,
    cpus: cpus.list,
    cpuMilli: limited ? cgroup.cpuMilli! : cpus.list.length * 1000,
    cpuSource: limited ? `${formatCpu(cgroup.cpuMilli!)} by ${cgroup.cpuSource}` : cpus.source,
    memoryTotalBytes,
    memoryLimitBytes: inContainer ? cgroup.memoryBytes! : memoryTotalBytes,
    memorySource: inContainer ? cgroup.memorySource! : 'total memory',
    rssBytes: host.rssBytes(),
    maxOldSpaceFrom: maxOldSpaceFrom(host),
    clockStepNs,
    capabilities: {
      pin: pinCapability(host),
      cpuTime: host.features.threadCpuUsage
        ? yes('process.threadCpuUsage')
        : no('process.threadCpuUsage is missing: CPU time is estimated from wall time'),
      runQueue:
        host.readText('/proc/thread-self/schedstat') === undefined
          ? no('no /proc/thread-self/schedstat')
          : yes('/proc/self/task/TID/schedstat'),
      nice:
        host.platform === 'linux'
          ? yes('os.setPriority by thread id; raising the priority again needs privileges')
          : no(`priorities are per process on ${host.platform}`),
      clock: yes(`monotonic, step ${clockStepNs} ns`),
      waitAsync: host.features.waitAsync ? yes('Atomics.waitAsync') : no('no Atomics.waitAsync'),
      pause: host.features.pause ? yes('Atomics.pause') : no('no Atomics.pause'),
    },
  };
}

function usableCpus(host: MachineHost): { list: readonly number[]; source: string } {
  const line = /^Cpus_allowed_list:\s*(.+)$/m.exec(host.readText('/proc/self/status') ?? '')?.[1];
  const allowed = line === undefined ? undefined : parseCpuList(line);
  // A mask may name CPUs that are not plugged in (0-127 in some containers), so the kernel's own list bounds it.
  const online = parseCpuList(host.readText('/sys/devices/system/cpu/online') ?? '');
  const list = allowed?.filter((cpu) => online === undefined || online.includes(cpu));
  if (list !== undefined && list.length > 0) return { list, source: 'affinity mask' };
  const count = Math.max(1, host.availableParallelism);
  return {
    list: Array.from({ length: count }, (_, cpu) => cpu),
    source: 'os.availableParallelism()',
  };
}

function pinCapability(host: MachineHost): Capability {
  if (host.platform !== 'linux')
    return no(`threads cannot be bound to CPUs from Node on ${host.platform}`);
  const path = host.findCommand('taskset');
  return path === undefined ? no('taskset (util-linux) is not on PATH') : yes(path);
}

function maxOldSpaceFrom(host: MachineHost): string | undefined {
  const isFlag = (argument: string): boolean => /^--max[-_]old[-_]space[-_]size/.test(argument);
  if (host.execArgv.some(isFlag)) return 'the command line';
  if (host.nodeOptions.split(/\s+/).some(isFlag)) return 'NODE_OPTIONS';
  return undefined;
}

const yes = (reason: string): Capability => ({ available: true, reason });
const no = (reason: string): Capability => ({ available: false, reason });
