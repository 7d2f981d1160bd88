/** `millrace run JOB`: runs a job to its end, shows how it fares and what it came to. */

import { formatDuration, toEngineError } from '../../base/index.ts';
import type { EngineError } from '../../base/index.ts';
import { Engine } from '../../control/index.ts';
import type { JobFailure, JobRun } from '../../control/index.ts';
import type { JobMetrics } from '../../metrics/index.ts';
import type { CliOptions } from '../arguments.ts';
import type { Command } from '../command.ts';
import { errorJson, errorStyle, errorText } from '../error-text.ts';
import { ExitCode, exitCodeOfError, exitCodeOfSignal } from '../exit-codes.ts';
import { configPath, existingFile } from '../inputs.ts';
import { columnsOf } from '../io.ts';
import type { CliIo, StopSignal } from '../io.ts';
import { planSummary } from '../plan-summary.ts';
import { reportLines } from '../report.ts';
import type { RunOutcome, WorkerUse } from '../report.ts';
import { runView } from '../run-view.ts';
import type { RunView } from '../run-view.ts';
import { StopControl } from '../stop-control.ts';
import { styleOf } from '../style.ts';
import type { Style } from '../style.ts';
import { plainText } from '../text.ts';
import { warningText } from '../warnings.ts';

/** Rates are those of the last second or so: shorter ones jump. */
const RATE_WINDOW_MS = 1000;

/** See the file header. */
export const command: Command = async (options, io) => {
  const url = existingFile(options.operands[0]!, 'the file of a job', io);
  const style = styleOf(io.stderr, io.env, options);
  const view = runView(io, style, options);
  const stop = stopControl(view, style, options, io);
  const release = [
    io.onSignal((signal) => stop.receive(signal)),
    io.capture((stream, text) => view.output(stream, text)),
  ];
  try {
    const { parameters, parallelism, from, allowNonRestoredState } = options;
    const config = configPath(options, io);
    const engine = await Engine.start({
      set: options.set,
      control: true,
      ...(config === undefined ? {} : { config }),
      ...(options.profile === undefined ? {} : { profile: options.profile }),
    });
    try {
      const moments: Moments = { submittedMs: performance.now(), runningMs: undefined };
      const run = await engine.submit(url, {
        parameters,
        ...(parallelism === undefined ? {} : { parallelism }),
        ...(from === undefined ? {} : { restore: { from, allowNonRestoredState } }),
        signal: stop.beforeRun,
        onPrint: ({ stream, text }) => view.output(stream, `${text}\n`),
        onFailure: (failure) => {
          if (!options.quiet) view.output('stderr', restartText(failure, style));
        },
        onState: (state) => {
          if (state === 'running') moments.runningMs ??= performance.now();
        },
      });
      stop.attach(run);
      return await watch(engine, run, { options, io, style, view, stop, moments });
    } finally {
      // Not by `await using`, which Node 22 does not parse.
      await engine.close();
    }
  } catch (thrown) {
    view.close();
    if (stop.signal !== undefined && stop.beforeRun.aborted) return exitCodeOfSignal(stop.signal);
    throw thrown;
  } finally {
    for (const undo of release) undo();
  }
};

/** Readings of the monotonic clock. */
interface Moments {
  readonly submittedMs: number;
  runningMs: number | undefined;
}

interface Surroundings {
  readonly options: CliOptions;
  readonly io: CliIo;
  readonly style: Style;
  readonly view: RunView;
  readonly stop: StopControl;
  readonly moments: Moments;
}

/** From the first row to the report. */
async function watch(engine: Engine, run: JobRun, around: Surroundings): Promise<number> {
  const { options, io, style, view, stop, moments } = around;
  const before = usesOf(engine);
  const { warnings } = run;
  if (!options.quiet) {
    io.stderr.write(
      `${planSummary(run.plan, run.placement, style, columnsOf(io.stderr)).join('\n')}\n`,
    );
    for (const warning of warnings)
      io.stderr.write(warningText(warning, style.paint, io.stderr, '  '));
  }
  const ended = await follow(run, view);
  view.close();
  const endedMs = performance.now();
  const hosts = new Set(run.placement.subtasks.map(({ worker }) => worker as number));
  const uses = usesOf(engine).map((use, at) => ({
    ...use,
    cpuMs: use.cpuMs - (before[at]?.cpuMs ?? 0),
  }));
  const latency = await run.latency();
  const outcome: RunOutcome = {
    plan: run.plan,
    restarts: run.failures.filter(({ restartDelayMs }) => restartDelayMs !== undefined).length,
    failures: run.failures,
    state: stateOf(ended, stop.signal),
    durationMs: endedMs - moments.submittedMs,
    startMs: (moments.runningMs ?? endedMs) - moments.submittedMs,
    metrics: ended.metrics,
    latency: latency.count > 0 ? latency : undefined,
    workers: uses.filter(({ worker }) => hosts.has(worker)),
    memoryMaxBytes: process.resourceUsage().maxRSS * 1024,
    warnings,
  };
  const exitCode = exitCodeOf(ended.error, stop.signal);
  // The reader is gone: there is nobody to report to.
  if (stop.signal === 'SIGPIPE') return exitCode;
  if (ended.error !== undefined) {
    io.stderr.write(errorText(ended.error, errorStyle(io, style.paint, options.debug)));
  }
  if (!options.quiet) {
    io.stderr.write(`${reportLines(outcome, style, columnsOf(io.stderr)).join('\n')}\n`);
  }
  if (options.json) {
    const document = runDocument(outcome, ended.error, exitCode, stop.signal);
    io.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  }
  return exitCode;
}

interface Ended {
  readonly state: 'finished' | 'canceled';
  readonly metrics: JobMetrics;
  readonly error: EngineError | undefined;
}

/** Refreshes the view until the job is final. */
async function follow(run: JobRun, view: RunView): Promise<Ended> {
  const readings: JobMetrics[] = [];
  const refresh = (): void => {
    const metrics = run.metrics(readings[0]);
    readings.push(metrics);
    while (readings.length > 1 && metrics.takenAtMs - readings[1]!.takenAtMs >= RATE_WINDOW_MS) {
      readings.shift();
    }
    view.refresh({ plan: run.plan, state: run.state, metrics });
  };
  const timer = view.intervalMs === undefined ? undefined : setInterval(refresh, view.intervalMs);
  try {
    const { state, metrics } = await run.done;
    return { state, metrics, error: undefined };
  } catch (thrown) {
    return {
      state: 'finished',
      metrics: run.metrics(),
      error: toEngineError(thrown),
    };
  } finally {
    clearInterval(timer);
  }
}

/** Why the job is started again, and when; a failure for good is told at the end. */
function restartText({ error, restartDelayMs }: JobFailure, { paint }: Style): string {
  if (restartDelayMs === undefined) return '';
  const { code, message } = toEngineError(error);
  const when = restartDelayMs === 0 ? 'now' : `in ${formatDuration(restartDelayMs)}`;
  return `${paint.yellow(`${code}: ${plainText(message)}; restarting ${when}`)}\n`;
}

function stateOf(ended: Ended, signal: StopSignal | undefined): RunOutcome['state'] {
  if (ended.error !== undefined) return 'failed';
  return ended.state === 'finished' && signal !== undefined ? 'stopped' : ended.state;
}

function exitCodeOf(error: EngineError | undefined, signal: StopSignal | undefined): number {
  if (error !== undefined) return exitCodeOfError(error);
  return signal === undefined ? ExitCode.ok : exitCodeOfSignal(signal);
}

function usesOf(engine: Engine): WorkerUse[] {
  return engine
    .workers()
    .map(({ worker, cpuMs, heapUsedBytes }) => ({ worker, cpuMs, heapUsedBytes }));
}

function runDocument(
  outcome: RunOutcome,
  error: EngineError | undefined,
  exitCode: number,
  signal: StopSignal | undefined,
): Readonly<Record<string, unknown>> {
  const { plan, state, durationMs, startMs, workers, memoryMaxBytes, warnings, metrics } = outcome;
  const { latency, restarts } = outcome;
  return {
    job: plan.job,
    state,
    restarts,
    failures: outcome.failures.map((failure) => ({
      ...failure,
      error: errorJson(toEngineError(failure.error)),
    })),
    exitCode,
    ...(signal === undefined ? {} : { signal }),
    durationMs,
    startMs,
    workers,
    memoryMaxBytes,
    latency: latency ?? null,
    warnings,
    ...(error === undefined ? {} : { error: errorJson(error) }),
    metrics,
  };
}

function stopControl(view: RunView, style: Style, options: CliOptions, io: CliIo): StopControl {
  return new StopControl({
    onStopping: (how, signal) => {
      if (options.quiet || signal === 'SIGPIPE') return;
      const again = signal === 'SIGINT' ? 'Ctrl-C' : signal;
      const text =
        how === 'drain'
          ? `stopping: sources end, the rest runs out; ${again} again cancels`
          : 'cancelling';
      view.output('stderr', `${style.paint.yellow(text)}\n`);
    },
    onGivenUp: (signal) => {
      view.close();
      io.stderr.write('ended before the job let go of its workers\n');
      process.exit(exitCodeOfSignal(signal));
    },
  });
}
