/**
 * The configuration: what a file may say, and what it says once resolved.
 *
 * Order of precedence, weakest first: defaults, options in the job's code, the file, its selected profile, `--set`
 * overrides. So the file overrides the code: the one who operates a job decides without editing it. (Apache Flink
 * has it the other way round, since there the code is shipped by the one who operates it.)
 */

import type { BadRowPolicy } from '../connectors/index.ts';

/** Bytes: a number, or text such as `64MiB`. */
export type BytesInput = number | string;
/** Cores (`2`, `0.5`) or milli-cores (`250m`). */
export type CpuInput = number | string;
/** Milliseconds, or text such as `100ms`, `5s`. */
export type DurationInput = number | string;
/** A share in percent. */
export type Percent = `${number}%`;

/** How worker threads are bound to CPUs. */
export type PinMode = 'none' | 'soft' | 'exclusive';
/** How an idle worker waits. */
export type IdleMode = 'auto' | 'spin' | 'park';
/** What becomes of a worker whose step does not return: nothing, a report, or a report and another thread. */
export type WatchdogAction = 'off' | 'warn' | 'fail';
/** Whether an engine listens on a control socket; `auto`: when the program asks for it. */
export type SocketMode = 'auto' | 'on' | 'off';

/** One operator of a job, as written. */
export interface OperatorConfigInput {
  /** Subtasks, 1 .. 32768. */
  readonly parallelism?: number;
  /** CPU quota of each subtask; without it a subtask has an equal share of what is left. */
  readonly cpu?: CpuInput;
  /** Keyed state each subtask may hold, off the heap. */
  readonly state?: BytesInput;
  /** Heap each subtask may use, inside its worker's heap limit. */
  readonly heap?: BytesInput;
  /** Number of the worker thread that runs all its subtasks, from 0. */
  readonly worker?: number;
  /** What becomes of rows at which its code throws. */
  readonly onBadRow?: BadRowPolicy;
}

/** How a job goes on after a failure; the names are Flink's. */
export type RestartStrategyName = 'none' | 'fixed-delay' | 'exponential-delay' | 'failure-rate';

/** Restart strategy of a job, as written. */
export interface RestartConfigInput {
  readonly strategy?: RestartStrategyName;
  /** `fixed-delay`: restarts before the job fails; `exponential-delay`: restarts in a row, unlimited without it. */
  readonly attempts?: number;
  /** `fixed-delay` and `failure-rate`: time before each restart. */
  readonly delay?: DurationInput;
  /** `exponential-delay`: time before the first restart. */
  readonly initialBackoff?: DurationInput;
  /** `exponential-delay`: longest time before a restart. */
  readonly maxBackoff?: DurationInput;
  /** `exponential-delay`: each delay is so many times the one before, at least 1. */
  readonly backoffMultiplier?: number;
  /** `exponential-delay`: share of the delay, 0 .. 1, by which it is longer or shorter at random. */
  readonly jitterFactor?: number;
  /** `exponential-delay`: after so long without a failure the delay is the initial one again. */
  readonly resetBackoffThreshold?: DurationInput;
  /** `failure-rate`: failures within the interval that are answered with a restart. */
  readonly maxFailuresPerInterval?: number;
  /** `failure-rate`: the interval. */
  readonly failureRateInterval?: DurationInput;
}

/** Checkpoints of a job, as written; the names are Flink's. */
export interface CheckpointConfigInput {
  /** Time from one checkpoint to the next; without it they are taken only when asked for. */
  readonly interval?: DurationInput;
  /** Folder in which the job has a folder of its own. */
  readonly directory?: string;
  /** A checkpoint that takes longer is given up. */
  readonly timeout?: DurationInput;
  /** Least time between the end of one and the next. */
  readonly minPause?: DurationInput;
  /** How many may be under way at once. */
  readonly maxConcurrent?: number;
  /** How many may fail in a row before the job fails. */
  readonly tolerableFailures?: number;
  /** How many are kept. */
  readonly retained?: number;
  /** Whether they hold only what changed since an earlier one; savepoints are whole. */
  readonly incremental?: boolean;
  /**
   * `unaligned` lets barriers overtake rows, which are stored; `at-least-once` lets no channel wait for another, so that rows may
   * come again after a restart.
   */
  readonly mode?: 'aligned' | 'unaligned' | 'at-least-once';
  /** Of `unaligned`: barriers overtake rows only when so much time has passed since the trigger. */
  readonly alignedTimeout?: DurationInput;
}

/** One job, as written. */
export interface JobConfigInput {
  /** Default parallelism of its operators; without it, the number of worker threads. */
  readonly parallelism?: number;
  /** Number of key groups, 1 .. 32768. */
  readonly maxParallelism?: number;
  /** Whether a stream without a record type is an error. */
  readonly strictTypes?: boolean;
  /** Whether operators may be fused into chains. */
  readonly chaining?: boolean;
  /** Whether only the fields that an operator reads travel to it. */
  readonly pruning?: boolean;
  readonly executionMode?: 'streaming' | 'batch';
  /** What happens after a failure. */
  readonly restart?: RestartConfigInput;
  /** State on disk, from which a failed job goes on. */
  readonly checkpoint?: CheckpointConfigInput;
  /** For operators that do not say otherwise. */
  readonly defaults?: {
    readonly cpu?: CpuInput;
    readonly state?: BytesInput;
    readonly heap?: BytesInput;
    readonly onBadRow?: BadRowPolicy;
  };
  /** By operator name. */
  readonly operators?: Readonly<Record<string, OperatorConfigInput>>;
}

/** What a profile may overlay. */
export interface ConfigSectionsInput {
  readonly pool?: {
    readonly threads?: 'auto' | number;
    readonly cpus?: string;
    readonly reserve?: { readonly cpu?: CpuInput; readonly memory?: BytesInput };
    readonly memory?: BytesInput;
    readonly heap?: BytesInput;
    readonly pin?: PinMode;
    readonly watchdog?: {
      /** A step of a worker that takes longer is reported. */
      readonly stepTimeout?: DurationInput;
      readonly action?: WatchdogAction;
    };
  };
  readonly exchange?: {
    readonly ring?: BytesInput;
    readonly segment?: BytesInput;
    readonly drainTarget?: DurationInput;
    readonly overdraft?: BytesInput;
    readonly idle?: IdleMode;
  };
  readonly runtime?: { readonly stepRows?: number };
  readonly control?: { readonly socket?: SocketMode };
  readonly jobs?: Readonly<Record<string, JobConfigInput>>;
}

/** A whole configuration, as written. */
export interface ConfigInput extends ConfigSectionsInput {
  readonly version?: 1;
  /** Overlays by name; `--profile` selects one. */
  readonly profiles?: Readonly<Record<string, ConfigSectionsInput>>;
}

/**
 * Gives a TypeScript configuration file its types; returns what it is given.
 *
 * @example
 * export default defineConfig({ pool: { threads: 2 } });
 */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}

/** One operator, resolved: milli-cores and bytes. */
export interface OperatorConfig {
  readonly parallelism?: number;
  readonly cpu?: number;
  readonly state?: number;
  readonly heap?: number;
  readonly worker?: number;
  readonly onBadRow?: BadRowPolicy;
}

/** Restart strategy of a job, resolved: milliseconds. */
export interface RestartConfig {
  readonly strategy?: RestartStrategyName;
  readonly attempts?: number;
  readonly delay?: number;
  readonly initialBackoff?: number;
  readonly maxBackoff?: number;
  readonly backoffMultiplier?: number;
  readonly jitterFactor?: number;
  readonly resetBackoffThreshold?: number;
  readonly maxFailuresPerInterval?: number;
  readonly failureRateInterval?: number;
}

/** Checkpoints of a job, resolved: milliseconds. */
export interface CheckpointConfig {
  readonly interval?: number;
  readonly directory?: string;
  readonly timeout?: number;
  readonly minPause?: number;
  readonly maxConcurrent?: number;
  readonly tolerableFailures?: number;
  readonly retained?: number;
  readonly incremental?: boolean;
  readonly mode?: 'aligned' | 'unaligned' | 'at-least-once';
  readonly alignedTimeout?: number;
}

/** One job, resolved; a key that nobody set is absent, so that the code's option can hold. */
export interface JobConfig {
  readonly parallelism?: number;
  readonly maxParallelism?: number;
  readonly strictTypes?: boolean;
  readonly chaining?: boolean;
  readonly pruning?: boolean;
  readonly executionMode?: 'streaming' | 'batch';
  readonly restart: RestartConfig;
  readonly checkpoint: CheckpointConfig;
  readonly defaults: {
    readonly cpu?: number;
    readonly state?: number;
    readonly heap?: number;
    readonly onBadRow?: BadRowPolicy;
  };
  readonly operators: Readonly<Record<string, OperatorConfig>>;
}

/** The resolved configuration: plain data, integers (milli-cores, bytes, milliseconds), defaults filled in. */
export interface Config {
  readonly version: 1;
  /** Path of the file, undefined when there is none. */
  readonly file: string | undefined;
  readonly profile: string | undefined;
  readonly pool: {
    readonly threads: 'auto' | number;
    /** CPU numbers, or every usable one. */
    readonly cpus: 'all' | readonly number[];
    readonly reserve: { readonly cpu: number; readonly memory: number };
    /** Bytes, or a share of the machine's limit. */
    readonly memory: number | Percent;
    /** Heap limit of each worker: old and young generation together. */
    readonly heap: 'auto' | number;
    readonly pin: PinMode;
    readonly watchdog: {
      /** A step of a worker that takes longer is reported, ms. */
      readonly stepTimeout: number;
      readonly action: WatchdogAction;
    };
  };
  readonly exchange: {
    /** Capacity of one ring, a power of two. */
    readonly ring: number;
    /** A producer publishes at the latest after so many bytes. */
    readonly segment: number;
    /** The data in flight before a subtask should drain within this time. */
    readonly drainTarget: number;
    /** Bound of one output channel's overdraft. */
    readonly overdraft: number;
    readonly idle: IdleMode;
  };
  readonly runtime: {
    /** Rows a subtask handles in one step at most. */
    readonly stepRows: number;
  };
  readonly control: {
    /** Whether other processes of the same user can ask the engine for savepoints and the like. */
    readonly socket: SocketMode;
  };
  readonly jobs: Readonly<Record<string, JobConfig>>;
  /** Where each value comes from, by its key (`pool.threads`): `default`, `millrace.yaml:4`, `override …`. */
  readonly sources: Readonly<Record<string, string>>;
}

/** Settings of a job that the configuration does not name. */
export const EMPTY_JOB_CONFIG: JobConfig = {
  restart: {},
  checkpoint: {},
  defaults: {},
  operators: {},
};

/** The settings of this job; empty ones when the configuration does not name it. */
export function jobConfigOf(config: Config, job: string): JobConfig {
  return Object.hasOwn(config.jobs, job) ? config.jobs[job]! : EMPTY_JOB_CONFIG;
}
