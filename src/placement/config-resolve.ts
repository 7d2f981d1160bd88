/** Merged layers to a resolved configuration: defaults filled in, values checked against each other. */

import { formatBytes, KiB, MiB } from '../base/index.ts';
import { layerOf, mergeLayers, treeOf } from './config-layers.ts';
import type { ConfigLayer } from './config-layers.ts';
import { showPath } from './config-problems.ts';
import type { ConfigProblems } from './config-problems.ts';
import type { Config, JobConfig, RestartConfig, RestartStrategyName } from './config.ts';

type Sections = Pick<Config, 'version' | 'pool' | 'exchange' | 'runtime' | 'control'>;

/** What holds when nobody says otherwise; the descriptions in the schema repeat these numbers. */
export const CONFIG_DEFAULTS: Sections = {
  version: 1,
  pool: {
    threads: 'auto',
    cpus: 'all',
    reserve: { cpu: 1000, memory: 256 * MiB },
    memory: '75%',
    heap: 'auto',
    pin: 'none',
    watchdog: { stepTimeout: 10_000, action: 'warn' },
  },
  exchange: {
    ring: 1 * MiB,
    segment: 16 * KiB,
    drainTarget: 100,
    overdraft: 8 * MiB,
    idle: 'auto',
  },
  runtime: { stepRows: 1024 },
  control: { socket: 'auto' },
};

/** The part of a tree that belongs to one job, before its empty sections are filled in. */
type JobTree = Omit<JobConfig, 'restart' | 'checkpoint' | 'defaults' | 'operators'> &
  Partial<JobConfig>;

/**
 * Fills in defaults and checks what no single value can say.
 *
 * @param layers weakest first, without the defaults
 */
export function resolveLayers(
  layers: readonly ConfigLayer[],
  file: string | undefined,
  profile: string | undefined,
  problems: ConfigProblems,
): Config {
  const defaults = layerOf(CONFIG_DEFAULTS, () => ({ source: 'default', place: {} }));
  const merged = mergeLayers([defaults, ...layers]);
  const tree = treeOf(merged) as unknown as Sections & { jobs?: Record<string, JobTree> };
  const jobs: [string, JobConfig][] = Object.entries(tree.jobs ?? {}).map(([name, job]) => [
    name,
    {
      ...job,
      restart: job.restart ?? {},
      checkpoint: job.checkpoint ?? {},
      defaults: job.defaults ?? {},
      operators: job.operators ?? {},
    },
  ]);
  checkParallelism(jobs, merged, problems);
  checkRestart(jobs, merged, problems);
  checkCheckpoint(jobs, merged, problems);
  return {
    version: 1,
    file,
    profile,
    pool: tree.pool,
    exchange: { ...tree.exchange, segment: segmentOf(tree, merged, problems) },
    runtime: tree.runtime,
    control: tree.control,
    jobs: Object.fromEntries(jobs),
    sources: Object.fromEntries([...merged].map(([key, leaf]) => [key, leaf.source])),
  };
}

/** A producer must publish before its ring is full, or its consumer would never start. */
function segmentOf(tree: Sections, merged: ConfigLayer, problems: ConfigProblems): number {
  const { ring, segment } = tree.exchange;
  const leaf = merged.get('exchange.segment');
  if (segment <= ring / 2) return segment;
  if (leaf === undefined || leaf.source === 'default') return ring / 2;
  const expected = `at most half of exchange.ring, ${formatBytes(ring / 2)}`;
  problems.addValue(leaf.path, expected, formatBytes(segment), leaf.place);
  return segment;
}

function checkParallelism(
  jobs: readonly [string, JobConfig][],
  merged: ConfigLayer,
  problems: ConfigProblems,
): void {
  for (const [name, job] of jobs) {
    const most = job.maxParallelism;
    if (most === undefined) continue;
    const check = (path: readonly string[], parallelism: number | undefined): void => {
      if (parallelism === undefined || parallelism <= most) return;
      const expected = `at most ${showPath(['jobs', name, 'maxParallelism'])}, ${most}`;
      problems.addValue(path, expected, parallelism, merged.get(showPath(path))?.place ?? {});
    };
    check(['jobs', name, 'parallelism'], job.parallelism);
    for (const [operator, { parallelism }] of Object.entries(job.operators))
      check(['jobs', name, 'operators', operator, 'parallelism'], parallelism);
  }
}

/** What each strategy takes. */
const RESTART_KEYS: Readonly<Record<RestartStrategyName, readonly (keyof RestartConfig)[]>> = {
  none: [],
  'fixed-delay': ['attempts', 'delay'],
  'exponential-delay': [
    'attempts',
    'initialBackoff',
    'maxBackoff',
    'backoffMultiplier',
    'jitterFactor',
    'resetBackoffThreshold',
  ],
  'failure-rate': ['maxFailuresPerInterval', 'failureRateInterval', 'delay'],
};

/** A setting that the chosen strategy would not look at is a mistake. */
function checkRestart(
  jobs: readonly [string, JobConfig][],
  merged: ConfigLayer,
  problems: ConfigProblems,
): void {
  for (const [name, { restart }] of jobs) {
    const { strategy = 'exponential-delay', ...settings } = restart;
    for (const [key, value] of Object.entries(settings)) {
      if (RESTART_KEYS[strategy].includes(key as keyof RestartConfig)) continue;
      const path = ['jobs', name, 'restart', key];
      const keys = RESTART_KEYS[strategy].join(', ') || 'no further setting';
      const expected = `what the strategy ${strategy} takes: ${keys}`;
      problems.addValue(path, expected, value, merged.get(showPath(path))?.place ?? {});
    }
  }
}

/** Checkpoints at an interval need a place. */
function checkCheckpoint(
  jobs: readonly [string, JobConfig][],
  merged: ConfigLayer,
  problems: ConfigProblems,
): void {
  for (const [name, { checkpoint }] of jobs) {
    if (checkpoint.interval === undefined || checkpoint.directory !== undefined) continue;
    const path = ['jobs', name, 'checkpoint', 'interval'];
    const expected = `beside ${showPath(['jobs', name, 'checkpoint', 'directory'])}, where they go`;
    problems.addValue(path, expected, checkpoint.interval, merged.get(showPath(path))?.place ?? {});
  }
}
