/**
 * The schema of the configuration: the one place that knows which keys exist and what they take.
 *
 * Loaded lazily (it pulls in zod), by the thread that reads a configuration and by nobody else. The text of each
 * check is what the value was expected to be. `schemas/millrace.schema.json` is generated from here.
 */

import * as z from 'zod';

import { GiB, isPowerOfTwo, KiB, MiB, parseBytes, parseDuration } from '../base/index.ts';
import {
  byName,
  bytes,
  BYTES_PATTERN,
  cpu,
  duration,
  DURATION_PATTERN,
  flag,
  integer,
  oneOf,
  quantity,
  real,
  section,
  word,
} from './config-values.ts';
import { parseCpuList } from './cpu-list.ts';

const PERCENT_PATTERN = /^(100|[1-9]\d?)%$/;
const CPU_LIST_PATTERN = /^\d+(-\d+)?(,\d+(-\d+)?)*$/;

const TiB = 1024 * GiB;
const state = bytes(64 * KiB, TiB);
const heap = bytes(1 * MiB, TiB);
const parallelism = integer(1, 32_768);

const onBadRow = oneOf(['fail', 'skip', 'sideOutput']);

const operator = z.strictObject(
  {
    parallelism: parallelism.describe('Number of subtasks.').optional(),
    cpu: cpu(1)
      .describe(
        'CPU quota of each subtask, guaranteed or the job is refused. Default: an equal share of what quotas leave.',
      )
      .optional(),
    state: state
      .describe('Off-heap keyed state each subtask may hold. Default: a share of what is left.')
      .optional(),
    heap: heap.describe("Heap each subtask may use, within its worker's limit.").optional(),
    worker: integer(0, 1023)
      .describe('Number of the worker thread that runs all its subtasks, from 0.')
      .optional(),
    onBadRow: onBadRow
      .describe(
        'Rows at which its code throws. skip: left out and counted; sideOutput: also to deadLetters(). Default: fail.',
      )
      .optional(),
  },
  { error: 'a section with keys of its own' },
);

const restart = section(
  {
    strategy: oneOf(['none', 'fixed-delay', 'exponential-delay', 'failure-rate'])
      .describe('How the job goes on after a failure. Default: none, the job fails.')
      .optional(),
    attempts: integer(1, 1_000_000_000)
      .describe(
        'fixed-delay: restarts before the job fails, default 1. exponential-delay: restarts in a row, default unlimited.',
      )
      .optional(),
    delay: duration('0ms', '1d')
      .describe('fixed-delay and failure-rate: time before each restart. Default: 1s.')
      .optional(),
    initialBackoff: duration('1ms', '1d')
      .describe('exponential-delay: time before the first restart. Default: 1s.')
      .optional(),
    maxBackoff: duration('1ms', '1d')
      .describe('exponential-delay: longest time before a restart. Default: 1min.')
      .optional(),
    backoffMultiplier: real(1, 1000)
      .describe('exponential-delay: each delay is so many times the one before. Default: 1.5.')
      .optional(),
    jitterFactor: real(0, 1)
      .describe(
        'exponential-delay: share of the delay by which it is longer or shorter at random. Default: 0.1.',
      )
      .optional(),
    resetBackoffThreshold: duration('1ms', '30d')
      .describe(
        'exponential-delay: after so long without a failure the delay is the initial one again. Default: 1h.',
      )
      .optional(),
    maxFailuresPerInterval: integer(1, 1_000_000_000)
      .describe('failure-rate: failures within the interval that are answered. Default: 1.')
      .optional(),
    failureRateInterval: duration('1ms', '30d')
      .describe('failure-rate: the interval. Default: 1min.')
      .optional(),
  },
  'What happens after a failure.',
);

const checkpoint = section(
  {
    interval: duration('10ms', '30d')
      .describe('Time from one checkpoint to the next. Default: only when asked for.')
      .optional(),
    directory: z
      .string('the path of a folder')
      .min(1, 'the path of a folder')
      .describe('Folder in which the job has a folder of its own.')
      .optional(),
    timeout: duration('1ms', '30d')
      .describe('A checkpoint that takes longer is given up. Default: 10min.')
      .optional(),
    minPause: duration('0ms', '30d')
      .describe('Least time between the end of one and the next. Default: 0.')
      .optional(),
    maxConcurrent: integer(1, 100)
      .describe('How many may be under way at once. Default: 1.')
      .optional(),
    tolerableFailures: integer(0, 1_000_000_000)
      .describe('How many may fail in a row before the job fails. Default: 0.')
      .optional(),
    retained: integer(1, 10_000).describe('How many are kept. Default: 1.').optional(),
    incremental: flag()
      .describe(
        'They hold only what changed since an earlier one, whose files they refer to. Savepoints are whole. Default: true.',
      )
      .optional(),
    mode: oneOf(['aligned', 'unaligned', 'at-least-once'])
      .describe(
        'unaligned: barriers overtake rows, which are stored. at-least-once: no channel waits for another, rows may come again after a restart. Default: aligned.',
      )
      .optional(),
    alignedTimeout: duration('0ms', '1d')
      .describe(
        'Of mode unaligned: time from the trigger before barriers overtake rows. Default: 0.',
      )
      .optional(),
  },
  'State on disk, from which a failed job goes on.',
);

const job = z.strictObject(
  {
    parallelism: parallelism
      .describe('Parallelism of operators that do not say otherwise. Default: worker threads.')
      .optional(),
    maxParallelism: parallelism
      .describe('Number of key groups: the bound of later rescaling.')
      .optional(),
    strictTypes: flag()
      .describe('A stream without a record type is an error. Default: false.')
      .optional(),
    chaining: flag().describe('Operators may be fused into chains. Default: true.').optional(),
    pruning: flag()
      .describe('Only the fields that an operator reads travel to it. Default: true.')
      .optional(),
    executionMode: oneOf(['streaming', 'batch'])
      .describe('batch: keyed operators emit only final results. Default: streaming.')
      .optional(),
    restart,
    checkpoint,
    defaults: section(
      {
        cpu: cpu(1)
          .describe('CPU quota of a subtask none of whose operators has its own.')
          .optional(),
        state: state.describe('State of a stateful operator that has none of its own.').optional(),
        heap: heap.describe('Heap of a subtask none of whose operators has its own.').optional(),
        onBadRow: onBadRow
          .describe('Of operators that can leave out rows at which their code throws.')
          .optional(),
      },
      'For operators that do not say otherwise.',
    ),
    operators: byName(operator, 'operator names', 'Settings by operator name.'),
  },
  { error: 'a section with keys of its own' },
);

const sections = {
  pool: section(
    {
      threads: z
        .union([word('auto'), integer(1, 1024)], {
          error: 'auto or a whole number from 1 to 1024',
        })
        .describe('Worker threads. auto: the usable CPUs less the reserve. Default: auto.')
        .optional(),
      cpus: z
        .union([word('all'), z.number().int().min(0), z.string().regex(CPU_LIST_PATTERN)], {
          error: 'all or CPU numbers such as 0-3,7',
        })
        .transform((value, context) => {
          if (value === 'all') return 'all' as const;
          const list = parseCpuList(String(value));
          if (list !== undefined) return list;
          context.addIssue('all or CPU numbers such as 0-3,7');
          return z.NEVER;
        })
        .describe('CPUs the workers may use: all, or numbers such as 0-3,7. Default: all.')
        .optional(),
      reserve: section(
        {
          cpu: cpu(0).describe('CPU left to the main thread and helpers. Default: 1.').optional(),
          memory: bytes(0, TiB)
            .describe('Memory left to the main thread and helpers. Default: 256MiB.')
            .optional(),
        },
        'What the pool leaves to the rest of the process.',
      ),
      memory: z
        .union(
          [z.string().regex(PERCENT_PATTERN).transform(asPercent), bytes(1 * MiB, 1024 * TiB)],
          { error: 'a size such as 4GiB, or a share from 1% to 100%' },
        )
        .describe("Memory of the whole process: bytes, or a share of the machine's. Default: 75%.")
        .optional(),
      heap: z
        .union([word('auto'), bytes(24 * MiB, TiB)], {
          error: `auto or a size from 24 MiB such as 256MiB`,
        })
        .describe(
          'Heap limit of each worker, both generations. auto: half of its share of memory, at most 512 MiB. Default: auto.',
        )
        .optional(),
      pin: oneOf(['none', 'soft', 'exclusive'])
        .describe(
          'Bind workers to CPUs. soft: to the CPUs of the pool; exclusive: each to its own. Default: none.',
        )
        .optional(),
      watchdog: section(
        {
          stepTimeout: duration('100ms', '1d')
            .describe('A step of a worker that takes longer is reported. Default: 10s.')
            .optional(),
          action: oneOf(['off', 'warn', 'fail'])
            .describe(
              'What follows. warn: a log entry with the stack; fail: also, the thread is replaced and its jobs restart. Default: warn.',
            )
            .optional(),
        },
        'User code that does not return.',
      ),
    },
    'The worker threads and what they may use.',
  ),
  exchange: section(
    {
      ring: quantity(
        'a power of two from 4 KiB to 1 GiB such as 1MiB',
        BYTES_PATTERN,
        parseBytes,
        (value) => isPowerOfTwo(value) && value >= 4 * KiB && value <= GiB,
      )
        .describe('Capacity of the ring between two subtasks, a power of two. Default: 1MiB.')
        .optional(),
      segment: bytes(64, 256 * MiB)
        .describe('A producer publishes after so many bytes; at most half a ring. Default: 16KiB.')
        .optional(),
      drainTarget: quantity(
        'a duration from 1ms to 60s such as 100ms',
        DURATION_PATTERN,
        parseDuration,
        (value) => value >= 1 && value <= 60_000,
      )
        .describe('Data in flight should drain within this time. Default: 100ms.')
        .optional(),
      overdraft: bytes(4 * KiB, GiB)
        .describe('What one output channel may hold beyond its ring. Default: 8MiB.')
        .optional(),
      idle: oneOf(['auto', 'spin', 'park'])
        .describe('How an idle worker waits. auto: spins only on a core of its own. Default: auto.')
        .optional(),
    },
    'The rings between subtasks.',
  ),
  runtime: section(
    {
      stepRows: integer(1, 1_048_576)
        .describe('Rows a subtask handles before its worker looks at the next. Default: 1024.')
        .optional(),
    },
    'How workers run subtasks.',
  ),
  control: section(
    {
      socket: oneOf(['auto', 'on', 'off'])
        .describe(
          'A socket for list, savepoint, stop and cancel, for the same user. auto: what the program asks for; `millrace run` does. Default: auto.',
        )
        .optional(),
    },
    'Control from other processes.',
  ),
  jobs: byName(job, 'job names', 'Settings by job name.'),
};

/** The schema itself; what it yields is resolved (integers), with every key optional. */
export const configSchema: z.ZodType<Record<string, unknown>> = z
  .strictObject(
    {
      $schema: z.string().describe('For editors.').optional(),
      version: z.literal(1, { error: '1' }).describe('Version of this format.').optional(),
      ...sections,
      profiles: byName(
        z.strictObject(sections, { error: 'a section with keys of its own' }),
        'profile names',
        'Overlays, selected by name when the engine starts.',
      ),
    },
    { error: 'a configuration with keys such as pool and jobs' },
  )
  .meta({ title: 'Millrace configuration' });

/** Keys the section at this path takes; undefined where names are free or there is no section. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] | undefined {
  const schema = schemaAt(path);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : undefined;
}

/** Whether a value at this path is a section (has keys below it). */
export function isSection(path: readonly PropertyKey[]): boolean {
  const schema = schemaAt(path);
  return schema instanceof z.ZodObject || schema instanceof z.ZodRecord;
}

function asPercent(text: string): `${number}%` {
  return `${Number.parseInt(text, 10)}%`;
}

function schemaAt(path: readonly PropertyKey[]): unknown {
  let schema: unknown = configSchema;
  for (const segment of path) {
    if (schema instanceof z.ZodObject) {
      const { shape } = schema;
      schema = Object.hasOwn(shape, segment) ? shape[String(segment)] : undefined;
    } else if (schema instanceof z.ZodRecord) {
      schema = schema.valueType;
    } else return undefined;
    while (schema instanceof z.ZodOptional) schema = schema.unwrap();
  }
  return schema;
}
