/**
 * The checkpoint protocol: from what it knows and what happens to what it knows then and what is to be done. Pure; Flink's
 * coordinator without its clock, threads and files.
 *
 * Laws (test/checkpoint/protocol.property.test.ts):
 *  1. A checkpoint is published exactly when all who take part acknowledged, or finished before its barrier.
 *  2. It has one outcome: complete or aborted. Requests are answered once.
 *  3. Manifests are published one at a time. A complete checkpoint aborts older ones that are under way, and only those;
 *     savepoints are neither aborted by it nor do they abort any.
 *  4. From the end of a complete checkpoint to the next one that nobody asked for passes the pause at least, from trigger to
 *     trigger the interval; no more are under way than may be, savepoints aside; at least once, none is when a savepoint begins.
 *  5. Failures count up to the next complete checkpoint; more in a row than tolerated fail the job, and count anew. Being
 *     replaced by a newer one, a job that halts, and savepoints do not count.
 *  6. The newest `retained` checkpoints stay; an older one also while one under way may refer to its files. Savepoints count
 *     for nothing and are never dropped; one that goes to the store of checkpoints, for another attempt, is one of these.
 *  7. An aborted checkpoint is discarded, and again when something of it still comes; nothing of another ever is.
 *  8. Without events but `tick` nothing happens before `nextWakeMs`.
 */

import { assert, EngineError } from '../base/index.ts';
import { barrierOptions, endsJob } from './barrier-options.ts';
import type { CheckpointKind } from './barrier-options.ts';
import { acknowledge, beginPending, finishBefore, untold } from './pending.ts';
import type {
  CheckpointPlace,
  CheckpointRequest,
  PendingCheckpoint,
  ProtocolCommand,
  ProtocolEvent,
  ProtocolState,
  ProtocolStep,
} from './protocol-types.ts';
import { CHECKPOINT_DEFAULTS } from './settings.ts';
import type { CheckpointSettings } from './settings.ts';

/** Aborted checkpoints that are remembered; what comes of older ones is left for the clean-up of orphans. */
const ABORTED_MAX = 64;

/** What recovery found. */
export interface ProtocolBeginning {
  /** Above the id of every file there is; raised above `latest`, which may be a savepoint from elsewhere. */
  readonly nextCheckpoint: number;
  /** Complete checkpoints that are there, by id. */
  readonly completed: readonly number[];
  readonly latest: CheckpointPlace | undefined;
}

/**
 * A protocol before the job runs.
 *
 * @example
 * let state = beginProtocol(checkpointSettings({ intervalMs: 10_000 }));
 * ({ state, commands } = advance(state, { kind: 'start', nowMs, subtasks }));
 */
export function beginProtocol(
  settings: CheckpointSettings,
  beginning: ProtocolBeginning = { nextCheckpoint: 1, completed: [], latest: undefined },
): ProtocolState {
  return {
    settings,
    phase: 'idle',
    subtasks: [],
    finished: new Map(),
    pending: [],
    requests: [],
    dueAtMs: Infinity,
    completedAtMs: -Infinity,
    failures: 0,
    aborted: [],
    ...beginning,
    nextCheckpoint: Math.max(beginning.nextCheckpoint, (beginning.latest?.checkpoint ?? 0) + 1),
  };
}

/** What comes of an event; the state that is given stays as it is. */
export function advance(state: ProtocolState, event: ProtocolEvent): ProtocolStep {
  const turn = new Turn(state, event.nowMs);
  turn.take(event);
  turn.settle();
  return { state: turn.state, commands: turn.commands };
}

/** When a `tick` is wanted if nothing else happens; Infinity: never. */
export function nextWakeMs(state: ProtocolState): number {
  const expiries = state.pending
    .filter(({ phase }) => phase === 'collecting')
    .map(({ expiresAtMs }) => expiresAtMs);
  return Math.min(periodicAtMs(state), ...expiries);
}

/** Whether a job may be restored: no manifest is being written whose outcome is open. */
export function isSettled(state: ProtocolState): boolean {
  return state.pending.length === 0;
}

/** When the next checkpoint begins that nobody asked for. */
function periodicAtMs(state: ProtocolState): number {
  const { phase, settings, pending, dueAtMs, completedAtMs } = state;
  const free = pending.length < settings.concurrentMax;
  if (phase !== 'running' || !free || !isAnyRunning(state)) return Infinity;
  return Math.max(dueAtMs, completedAtMs + settings.minPauseMs);
}

function isAnyRunning({ subtasks, finished }: ProtocolState): boolean {
  return subtasks.some(({ subtask }) => !finished.has(subtask));
}

const NOTHING: ProtocolState = beginProtocol(CHECKPOINT_DEFAULTS);

/** One event. */
class Turn {
  readonly #nowMs: number;
  readonly commands: ProtocolCommand[] = [];
  state: ProtocolState = NOTHING;

  constructor(state: ProtocolState, nowMs: number) {
    this.state = state;
    this.#nowMs = nowMs;
  }

  take(event: ProtocolEvent): void {
    switch (event.kind) {
      case 'start':
        assert(isSettled(this.state), 'a job starts when no checkpoint of it is under way');
        this.#set({ phase: 'running', subtasks: event.subtasks, finished: new Map() });
        this.#schedule();
        return;
      case 'halt':
        return this.#halt(event.reason);
      case 'tick':
        return;
      case 'request':
        return this.#request(event);
      case 'acknowledged':
        return this.#acknowledged(event);
      case 'declined': {
        const pending = this.#find(event.checkpoint);
        if (pending?.missing.has(event.subtask) !== true) return;
        return this.#abort(pending, `subtask ${event.subtask} declined: ${event.reason}`, true);
      }
      case 'finished':
        return this.#finished(event.subtask, event.lastCheckpoint);
      case 'published':
      case 'publishFailed': {
        const pending = this.#find(event.checkpoint);
        if (pending?.phase !== 'publishing') return;
        if (event.kind === 'published') return this.#complete(pending);
        return this.#abort(pending, `its manifest was not written: ${event.reason}`, true);
      }
    }
  }

  /** What is due after an event. */
  settle(): void {
    const now = this.#nowMs;
    for (const pending of this.state.pending) {
      if (pending.phase === 'collecting' && pending.expiresAtMs <= now) {
        const waited = now - pending.triggeredAtMs;
        const missing = [...pending.missing].join(', ');
        this.#abort(pending, `no word of subtask ${missing} within ${waited} ms`, true);
      }
    }
    this.#publishNext();
    if (!isAnyRunning(this.state)) this.#refuseAll('all subtasks have finished');
    while (this.state.requests.length > 0 && this.#isFree()) {
      const [request, ...requests] = this.state.requests;
      this.#set({ requests });
      this.#beginAsked(request!);
    }
    if (periodicAtMs(this.state) <= now) {
      this.#begin('checkpoint', undefined);
      this.#schedule();
    }
    this.#drop();
  }

  #request(request: CheckpointRequest): void {
    const { phase } = this.state;
    const kind = request.checkpointKind;
    if (phase !== 'running') {
      return this.#refuse(request, phase === 'idle' ? 'the job does not run' : 'the job is ending');
    }
    if (!isAnyRunning(this.state)) return this.#refuse(request, 'all subtasks have finished');
    if (kind === 'checkpoint' || this.#isCounting()) {
      return this.#set({ requests: [...this.state.requests, request] });
    }
    this.#beginAsked(request);
  }

  /** Where no channel waits, barriers of one checkpoint are counted at a time: a savepoint waits for those before it. */
  #isCounting(): boolean {
    const { settings, pending, requests } = this.state;
    return settings.mode === 'at-least-once' && pending.length + requests.length > 0;
  }

  #beginAsked(request: CheckpointRequest): void {
    const kind = request.checkpointKind;
    if (endsJob(kind)) {
      this.#refuseAll('the job is ending');
      this.#set({ phase: 'stopping', dueAtMs: Infinity });
    }
    this.#begin(kind, request);
  }

  #begin(kind: CheckpointKind, request: CheckpointRequest | undefined): void {
    const { settings, nextCheckpoint: checkpoint, subtasks, finished } = this.state;
    const head = {
      checkpoint,
      options: barrierOptions(kind, settings),
      request: request?.request,
      target: request?.target,
      triggeredAtMs: this.#nowMs,
      expiresAtMs: this.#nowMs + settings.timeoutMs,
      base: this.state.completed.at(-1) ?? -1,
    };
    const pending = beginPending(head, subtasks, finished);
    this.#set({ nextCheckpoint: checkpoint + 1, pending: [...this.state.pending, pending] });
    this.#trigger(pending);
  }

  /** Tells those to begin that no barrier reaches by itself. */
  #trigger(pending: PendingCheckpoint): void {
    const subtasks = untold(pending, this.state.subtasks);
    if (subtasks.length === 0) return;
    this.#update({ ...pending, triggered: new Set([...pending.triggered, ...subtasks]) });
    const { checkpoint, options, target } = pending;
    this.commands.push({ kind: 'trigger', checkpoint, options, target, subtasks });
  }

  #acknowledged({ checkpoint, report }: Extract<ProtocolEvent, { kind: 'acknowledged' }>): void {
    const pending = this.#find(checkpoint);
    if (pending?.missing.has(report.subtask) === true) {
      return this.#update(acknowledge(pending, report));
    }
    const aborted = this.state.aborted.find((one) => one.checkpoint === checkpoint);
    // Its files came after those of the others were removed.
    if (aborted !== undefined) this.commands.push({ kind: 'discard', ...aborted });
  }

  #finished(subtask: number, lastCheckpoint: number): void {
    const { subtasks, finished } = this.state;
    if (finished.has(subtask) || !subtasks.some((one) => one.subtask === subtask)) return;
    this.#set({ finished: new Map(finished).set(subtask, lastCheckpoint) });
    for (const pending of this.state.pending) {
      if (pending.checkpoint <= lastCheckpoint || !pending.missing.has(subtask)) continue;
      const next = finishBefore(pending, subtask);
      this.#update(next);
      this.#trigger(next);
    }
  }

  #publishNext(): void {
    const { pending } = this.state;
    if (pending.some(({ phase }) => phase === 'publishing')) return;
    const next = pending.find(({ phase }) => phase === 'complete');
    if (next === undefined) return;
    const publishing: PendingCheckpoint = { ...next, phase: 'publishing' };
    this.#update(publishing);
    this.commands.push({ kind: 'publish', pending: publishing });
  }

  #complete(pending: PendingCheckpoint): void {
    const { checkpoint, target, request } = pending;
    const { kind } = pending.options;
    this.#remove(pending);
    this.#set({ completedAtMs: this.#nowMs, failures: 0 });
    const { completed, latest } = this.state;
    const commits = kind === 'checkpoint' || endsJob(kind);
    if (commits && checkpoint > (latest?.checkpoint ?? -1)) {
      this.#set({ latest: { checkpoint, target } });
    }
    if (kind === 'checkpoint' || target === undefined) {
      this.#set({ completed: [...completed, checkpoint] });
    }
    const subtasks = this.#running();
    if (commits && subtasks.length > 0) {
      this.commands.push({ kind: 'notifyComplete', checkpoint, subtasks });
    }
    if (request !== undefined) {
      this.commands.push({ kind: 'answer', request, checkpoint, error: undefined });
    }
    if (endsJob(kind)) {
      this.#set({ phase: 'stopped' });
      for (const other of this.state.pending) this.#abort(other, 'the job is ending', false);
      this.commands.push({ kind: 'endJob', checkpoint, drained: kind === 'drain' });
    } else if (kind === 'checkpoint') {
      for (const other of this.state.pending) {
        if (other.checkpoint < checkpoint && other.options.kind === 'checkpoint') {
          this.#abort(other, `checkpoint ${checkpoint} was complete before`, false);
        }
      }
    }
  }

  #abort(pending: PendingCheckpoint, reason: string, counts: boolean): void {
    const { checkpoint, target, request } = pending;
    const { kind } = pending.options;
    this.#remove(pending);
    const aborted = [...this.state.aborted, { checkpoint, target }].slice(-ABORTED_MAX);
    this.#set({ aborted });
    const subtasks = this.#running();
    if (subtasks.length > 0) this.commands.push({ kind: 'notifyAborted', checkpoint, subtasks });
    this.commands.push({ kind: 'discard', checkpoint, target });
    const error = new EngineError('ERR_CHECKPOINT_FAILED', { kind, checkpoint, reason });
    if (request !== undefined) this.commands.push({ kind: 'answer', request, checkpoint, error });
    if (this.state.phase === 'stopping' && endsJob(kind)) {
      // Sources that were suspended go on; behind the end of time there is no going on.
      if (kind === 'drain') this.commands.push({ kind: 'failJob', error });
      else this.#set({ phase: 'running' });
      if (kind === 'suspend') this.#schedule();
    }
    if (counts && kind === 'checkpoint' && this.state.phase !== 'idle') this.#count(reason);
  }

  #count(reason: string): void {
    const tolerated = this.state.settings.failuresTolerated;
    const failures = this.state.failures + 1;
    this.#set({ failures: failures > tolerated ? 0 : failures });
    if (failures <= tolerated) return;
    const error = new EngineError('ERR_CHECKPOINT_FAILURES', { failures, tolerated, reason });
    this.commands.push({ kind: 'failJob', error });
  }

  #halt(reason: string): void {
    this.#set({ phase: this.state.phase === 'stopped' ? 'stopped' : 'idle', dueAtMs: Infinity });
    this.#refuseAll('the job does not run');
    for (const pending of this.state.pending) {
      // What is being published has an outcome of its own.
      if (pending.phase !== 'publishing') this.#abort(pending, reason, false);
    }
  }

  #drop(): void {
    const { completed, pending, settings } = this.state;
    const bases = pending.flatMap(({ base, options }) =>
      options.kind === 'checkpoint' ? [base] : [],
    );
    const needed = Math.min(Infinity, ...bases);
    const old = completed.slice(0, Math.max(0, completed.length - settings.retained));
    const checkpoints = old.filter((checkpoint) => checkpoint < needed);
    if (checkpoints.length === 0) return;
    this.#set({ completed: completed.filter((checkpoint) => !checkpoints.includes(checkpoint)) });
    this.commands.push({ kind: 'drop', checkpoints });
  }

  #refuseAll(reason: string): void {
    const { requests } = this.state;
    if (requests.length > 0) this.#set({ requests: [] });
    for (const request of requests) this.#refuse(request, reason);
  }

  #refuse({ request, checkpointKind: kind }: CheckpointRequest, reason: string): void {
    const error = new EngineError('ERR_CHECKPOINT_REFUSED', { kind, reason });
    this.commands.push({ kind: 'answer', request, checkpoint: undefined, error });
  }

  /** Whether the next one that was asked for may begin. */
  #isFree(): boolean {
    const { pending, requests, settings } = this.state;
    const most = requests[0]?.checkpointKind === 'checkpoint' ? settings.concurrentMax : 1;
    return pending.length < most;
  }

  #schedule(): void {
    const { intervalMs } = this.state.settings;
    this.#set({ dueAtMs: intervalMs === undefined ? Infinity : this.#nowMs + intervalMs });
  }

  /** Subtasks that can be told something. */
  #running(): readonly number[] {
    const { phase, subtasks, finished } = this.state;
    if (phase === 'idle') return [];
    return subtasks.map(({ subtask }) => subtask).filter((one) => !finished.has(one));
  }

  #find(checkpoint: number): PendingCheckpoint | undefined {
    return this.state.pending.find((pending) => pending.checkpoint === checkpoint);
  }

  #update(pending: PendingCheckpoint): void {
    const complete = pending.phase === 'collecting' && pending.missing.size === 0;
    const next: PendingCheckpoint = complete ? { ...pending, phase: 'complete' } : pending;
    const { checkpoint } = pending;
    this.#set({
      pending: this.state.pending.map((one) => (one.checkpoint === checkpoint ? next : one)),
    });
  }

  #remove({ checkpoint }: PendingCheckpoint): void {
    this.#set({ pending: this.state.pending.filter((one) => one.checkpoint !== checkpoint) });
  }

  #set(change: Partial<ProtocolState>): void {
    this.state = { ...this.state, ...change };
  }
}
