/**
 * The pool of worker threads that a machine and a configuration give: how many, on which CPUs, with how much memory.
 *
 * Pure. Laws: `threads >= 1`; `threads · workerCpuMilli` is at most the usable CPU time; the reserve, the threads and
 * their heaps need not fit `memoryLimitBytes` (the allocator says so when a job is placed).
 */

import { divCeil, EngineError, formatBytes, formatCpu, MiB } from '../base/index.ts';
import { formatCpuList } from './cpu-list.ts';
import type { Config } from './config.ts';
import type { Machine } from './machine.ts';

/** What the workers may use. Plain data. */
export interface Pool {
  readonly threads: number;
  /** CPU numbers of the pool, ascending. */
  readonly cpus: readonly number[];
  /** Capacity of each worker, 1 .. 1000 milli-cores. */
  readonly workerCpuMilli: number;
  /** By worker: the CPUs it is pinned to, empty when not pinned. */
  readonly workerCpus: readonly (readonly number[])[];
  /** For the whole process. */
  readonly memoryLimitBytes: number;
  readonly memoryReason: string;
  readonly reserveMemoryBytes: number;
  /** Of each worker, both generations. */
  readonly heapLimitBytes: number;
  readonly heapReason: string;
  /** CPUs that exclusive pinning lacks; 0 when there are enough. */
  readonly cpusMissing: number;
  /** What a person should know. */
  readonly notes: readonly string[];
}

/** Heap limits in the form `new Worker({ resourceLimits })` takes, MiB. */
export interface WorkerHeapLimits {
  readonly maxYoungGenerationSizeMb: number;
  readonly maxOldGenerationSizeMb: number;
}

const HEAP_AUTO_MOST = 512 * MiB;
/** A thread with the engine, a small job and nothing else lives in 20 MiB; measured. */
const HEAP_LEAST = 24 * MiB;

/**
 * The pool. Deterministic.
 *
 * @throws ERR_PLACEMENT_CPUS when `pool.cpus` names a CPU the process may not use
 * @throws ERR_PLACEMENT_HEAP_FLAG when a heap limit is configured and `--max-old-space-size` would override it
 * @example
 * poolOf(probeMachine(), await loadConfig(undefined)).threads; // 2 on a machine with 2 CPUs
 */
export function poolOf(machine: Machine, config: Config): Pool {
  const { pool } = config;
  checkHeapFlag(machine, config);
  const notes: string[] = [];
  const cpus = poolCpus(machine, pool.cpus);
  const milli = Math.min(machine.cpuMilli, cpus.length * 1000);
  const threads =
    pool.threads === 'auto' ? automaticThreads(milli, pool.reserve.cpu) : pool.threads;
  const workerCpuMilli = Math.max(1, Math.min(1000, Math.floor(milli / threads)));
  if (workerCpuMilli < 1000)
    notes.push(
      `${threads} workers share ${formatCpu(milli)} CPU (${machine.cpuSource}): ${formatCpu(workerCpuMilli)} each`,
    );
  const memoryLimitBytes =
    typeof pool.memory === 'number'
      ? pool.memory
      : Math.floor((machine.memoryLimitBytes * Number.parseInt(pool.memory, 10)) / 100);
  if (memoryLimitBytes > machine.memoryLimitBytes)
    notes.push(
      `pool.memory ${formatBytes(memoryLimitBytes)} is more than the machine's ${formatBytes(machine.memoryLimitBytes)} (${machine.memorySource})`,
    );
  const heap = heapLimit(pool.heap, memoryLimitBytes - pool.reserve.memory, threads);
  if (machine.maxOldSpaceFrom !== undefined)
    notes.push(
      `--max-old-space-size from ${machine.maxOldSpaceFrom} overrides the heap limit of every worker`,
    );
  const pinned = pins(machine, pool.pin, cpus, threads, notes);
  return {
    threads,
    cpus,
    workerCpuMilli,
    workerCpus: pinned.workerCpus,
    memoryLimitBytes,
    memoryReason:
      typeof pool.memory === 'number'
        ? 'pool.memory'
        : `pool.memory ${pool.memory} of ${formatBytes(machine.memoryLimitBytes)}, ${machine.memorySource}`,
    reserveMemoryBytes: pool.reserve.memory,
    heapLimitBytes: heap,
    heapReason: pool.heap === 'auto' ? 'pool.heap auto' : 'pool.heap',
    cpusMissing: pinned.missing,
    notes,
  };
}

/**
 * Splits a heap limit into the two that V8 takes. Both must be set: with only the old one given, V8 adds a young
 * generation of its own default size, up to 192 MiB.
 *
 * @example
 * workerHeapLimits(256 * 1024 * 1024); // { maxYoungGenerationSizeMb: 64, maxOldGenerationSizeMb: 192 }
 */
export function workerHeapLimits(heapLimitBytes: number): WorkerHeapLimits {
  const total = Math.floor(heapLimitBytes / MiB);
  const young = Math.max(1, Math.min(64, Math.floor(total / 4)));
  return { maxYoungGenerationSizeMb: young, maxOldGenerationSizeMb: Math.max(1, total - young) };
}

/** Usable CPUs less the reserve, but two threads on anything with two CPUs: one is no pipeline. */
function automaticThreads(milli: number, reserveMilli: number): number {
  const usable = Math.max(1, divCeil(milli, 1000));
  return Math.max(Math.min(2, usable), usable - Math.round(reserveMilli / 1000));
}

function poolCpus(machine: Machine, wanted: 'all' | readonly number[]): readonly number[] {
  if (wanted === 'all') return machine.cpus;
  const unusable = wanted.filter((cpu) => !machine.cpus.includes(cpu));
  if (unusable.length === 0) return wanted;
  throw new EngineError('ERR_PLACEMENT_CPUS', {
    usable: formatCpuList(machine.cpus),
    got: formatCpuList(unusable),
  });
}

/** Automatic: half of a worker's share of memory, the other half being for rings and state. */
function heapLimit(heap: 'auto' | number, sharedBytes: number, threads: number): number {
  if (heap !== 'auto') return heap;
  const half = Math.floor(sharedBytes / threads / 2 / MiB) * MiB;
  return Math.max(HEAP_LEAST, Math.min(HEAP_AUTO_MOST, half));
}

function pins(
  machine: Machine,
  mode: Config['pool']['pin'],
  cpus: readonly number[],
  threads: number,
  notes: string[],
): { readonly workerCpus: readonly (readonly number[])[]; readonly missing: number } {
  const workers = Array.from({ length: threads }, (_, worker) => worker);
  const unpinned = { workerCpus: workers.map(() => []), missing: 0 };
  if (mode === 'none') return unpinned;
  if (!machine.capabilities.pin.available) {
    notes.push(`pool.pin ${mode} has no effect: ${machine.capabilities.pin.reason}`);
    return unpinned;
  }
  if (mode === 'soft') return { workerCpus: workers.map(() => cpus), missing: 0 };
  const missing = Math.max(0, threads - cpus.length);
  if (missing > 0) return { ...unpinned, missing };
  // From the top down: the low numbers stay with the main thread and the helpers of V8 and libuv.
  const first = cpus.length - threads;
  return { workerCpus: workers.map((worker) => [cpus[first + worker]!]), missing: 0 };
}

function checkHeapFlag(machine: Machine, config: Config): void {
  if (machine.maxOldSpaceFrom === undefined) return;
  const jobQuota = Object.entries(config.jobs).find(
    ([, job]) =>
      job.defaults.heap !== undefined ||
      Object.values(job.operators).some(({ heap }) => heap !== undefined),
  );
  const setting =
    config.pool.heap !== 'auto' ? 'pool.heap' : jobQuota && `heap of job ${jobQuota[0]}`;
  if (setting === undefined) return;
  throw new EngineError('ERR_PLACEMENT_HEAP_FLAG', {
    flag: '--max-old-space-size',
    setting,
    where: machine.maxOldSpaceFrom,
  });
}
