/** What the configuration says of how a job runs, and of what becomes of it when it fails. Pure. */

import { join, resolve } from 'node:path';
import { EngineError } from '../base/index.ts';
import { checkpointSettings } from '../checkpoint/index.ts';
import type { CheckpointSettings } from '../checkpoint/index.ts';
import type { LogicalGraph } from '../graph/index.ts';
import { badRowPolicies, jobConfigOf } from '../placement/index.ts';
import type { CheckpointConfig, Config } from '../placement/index.ts';
import type { RuntimeSettings } from '../runtime/index.ts';
import { restartStrategyOf } from './restart-strategy.ts';
import type { RunRequest } from './run-request.ts';

/** What workers are told of how to run. @throws ERR_GRAPH_BAD_ROW */
export function runtimeSettings(
  config: Config,
  graph: LogicalGraph,
  codegen: boolean,
): RuntimeSettings {
  return {
    stepRowsMax: config.runtime.stepRows,
    quantumMs: 1,
    segmentBytes: config.exchange.segment,
    overdraftBytes: config.exchange.overdraft,
    drainTargetMs: config.exchange.drainTarget,
    codegen,
    onBadRow: badRowPolicies(graph, config),
  };
}

/** What becomes of a job that fails. With checkpoints it is started again, unless it is told otherwise. */
export function recoveryOf(
  config: Config,
  job: string,
): Pick<RunRequest, 'restart' | 'checkpoints' | 'checkpointFolder'> {
  const { restart, checkpoint } = jobConfigOf(config, job);
  const { interval, directory, timeout, minPause, maxConcurrent } = checkpoint;
  const { tolerableFailures, retained, incremental } = checkpoint;
  const given = {
    intervalMs: interval,
    timeoutMs: timeout,
    minPauseMs: minPause,
    concurrentMax: maxConcurrent,
    failuresTolerated: tolerableFailures,
    retained,
    incremental,
    ...checkpointMode(checkpoint),
  };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const strategy = interval === undefined ? 'none' : 'exponential-delay';
  return {
    restart: restartStrategyOf({ strategy, ...restart }),
    checkpoints: checkpointSettings(Object.fromEntries(set)),
    // A name may hold what a path must not.
    checkpointFolder: directory && join(resolve(directory), encodeURIComponent(job)),
  };
}

/** How barriers pass rows. @throws ERR_CHECKPOINT_SETTING a timeout where none of them overtakes */
function checkpointMode({
  mode,
  alignedTimeout = 0,
}: CheckpointConfig): Partial<Pick<CheckpointSettings, 'mode' | 'alignedTimeoutMs'>> {
  if (mode === 'unaligned' && alignedTimeout > 0) {
    return { mode: 'aligned-with-timeout', alignedTimeoutMs: alignedTimeout };
  }
  if (alignedTimeout > 0) {
    throw new EngineError('ERR_CHECKPOINT_SETTING', {
      setting: 'alignedTimeout',
      expected: 'mode unaligned',
      got: mode ?? 'aligned',
    });
  }
  return mode === undefined ? {} : { mode };
}
