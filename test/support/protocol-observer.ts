/**
 * Watches the checkpoint protocol from outside: from the events given and the commands that came it knows what should have
 * happened, without looking into the state, and fails where a law of src/checkpoint/protocol.ts does not hold.
 */

import { expect } from 'vitest';

import {
  advance,
  beginProtocol,
  nextWakeMs,
  checkpointSettings,
} from '../../src/checkpoint/index.ts';
import type {
  CheckpointKind,
  CheckpointSettings,
  ProtocolCommand,
  ProtocolEvent,
  ProtocolState,
  ProtocolSubtask,
} from '../../src/checkpoint/index.ts';

/** What is known of one checkpoint. */
export interface Watched {
  readonly checkpoint: number;
  readonly kind: CheckpointKind;
  /** Whether it counts as one of those that are kept for recovery. */
  readonly counts: boolean;
  readonly request: number | undefined;
  readonly atMs: number;
  readonly base: number;
  readonly missing: Set<number>;
  published: boolean;
  outcome: 'complete' | 'aborted' | undefined;
}

/** Plain data is the same; the words of a failure are composed only then. */
function same(got: unknown, expected: unknown): void {
  if (JSON.stringify(got) !== JSON.stringify(expected)) expect(got).toEqual(expected);
}

const endsJob = (kind: CheckpointKind): boolean => kind === 'suspend' || kind === 'drain';

/** One protocol under watch. */
export class ProtocolObserver {
  readonly #settings: CheckpointSettings;
  #subtasks: readonly ProtocolSubtask[] = [];
  readonly #finished: Set<number> = new Set();
  readonly #asked: Map<number, CheckpointKind> = new Map();
  readonly #answered: Set<number> = new Set();
  #runs = false;
  #completedAtMs = -Infinity;
  #periodicAtMs = -Infinity;
  #failures = 0;
  #given = 0;
  #kept: number[] = [];
  readonly all: Map<number, Watched> = new Map();
  state: ProtocolState = beginProtocol(checkpointSettings({}));
  nowMs = 0;

  constructor(settings: CheckpointSettings) {
    this.#settings = settings;
    this.state = beginProtocol(settings);
  }

  /** Checkpoints without an outcome. */
  get open(): readonly Watched[] {
    return [...this.all.values()].filter(({ outcome }) => outcome === undefined);
  }

  /** Requests that wait for an answer. */
  get unanswered(): number[] {
    return [...this.#asked.keys()].filter((request) => !this.#answered.has(request));
  }

  /** Gives an event and checks what comes of it. */
  give(event: ProtocolEvent): readonly ProtocolCommand[] {
    // Law 8: up to the wake-up nothing happens by itself.
    const quietMs = Math.min(event.nowMs, nextWakeMs(this.state) - 1);
    if (quietMs >= this.nowMs) {
      same(advance(this.state, { kind: 'tick', nowMs: quietMs }).commands, []);
    }
    this.nowMs = event.nowMs;
    // Pure: what was given stays as it was. Looked at now and then, since it takes the most time.
    const before = this.#given++ % 16 === 0 ? structuredClone(this.state) : undefined;
    const { state, commands } = advance(this.state, event);
    if (before !== undefined) expect(this.state).toEqual(before);
    this.state = state;
    this.#hear(event);
    const failed = this.#outcomes(event, commands);
    this.#begun(event, commands);
    this.#published(commands);
    this.#answers(commands);
    this.#failedJob(commands, failed);
    this.#dropped(commands);
    return commands;
  }

  #hear(event: ProtocolEvent): void {
    switch (event.kind) {
      case 'start':
        this.#subtasks = event.subtasks;
        this.#finished.clear();
        this.#runs = true;
        this.#periodicAtMs = event.nowMs;
        break;
      case 'halt':
        this.#runs = false;
        break;
      case 'request':
        this.#asked.set(event.request, event.checkpointKind);
        break;
      case 'acknowledged':
        this.all.get(event.checkpoint)?.missing.delete(event.report.subtask);
        break;
      case 'finished':
        if (this.#finished.has(event.subtask)) break;
        this.#finished.add(event.subtask);
        for (const { checkpoint, missing } of this.open) {
          if (checkpoint > event.lastCheckpoint) missing.delete(event.subtask);
        }
        break;
      case 'tick':
      case 'declined':
      case 'published':
      case 'publishFailed':
        break;
    }
  }

  /** Laws 2, 3 and 7. @returns checkpoints whose failure counts */
  #outcomes(event: ProtocolEvent, commands: readonly ProtocolCommand[]): number {
    const openBefore = this.open;
    let completed: Watched | undefined;
    if (event.kind === 'published') {
      const one = this.all.get(event.checkpoint);
      if (one?.published === true && one.outcome === undefined) completed = one;
    }
    if (completed !== undefined) {
      completed.outcome = 'complete';
      this.#completedAtMs = this.nowMs;
      this.#failures = 0;
      if (completed.counts) this.#kept.push(completed.checkpoint);
    }
    let failed = 0;
    for (const command of commands) {
      if (command.kind === 'notifyComplete' || command.kind === 'endJob') {
        expect(command.checkpoint).toBe(completed?.checkpoint);
        expect(completed?.kind).not.toBe('savepoint');
      }
      if (command.kind === 'notifyAborted') {
        expect(this.all.get(command.checkpoint)?.outcome).toBeUndefined();
      }
      if (command.kind !== 'discard') continue;
      const one = this.all.get(command.checkpoint)!;
      expect(one.outcome).not.toBe('complete');
      if (one.outcome === 'aborted') {
        // Again, for what came too late.
        expect(event).toMatchObject({ kind: 'acknowledged', checkpoint: one.checkpoint });
        continue;
      }
      one.outcome = 'aborted';
      if (this.#causeOf(one, event, completed) === 'failure' && one.kind === 'checkpoint') failed++;
    }
    if (completed?.kind === 'checkpoint') {
      const newest = completed.checkpoint;
      const older = openBefore.filter(
        ({ checkpoint, kind }) => checkpoint < newest && kind === 'checkpoint',
      );
      for (const { outcome } of older) expect(outcome).toBe('aborted');
    }
    return failed;
  }

  /** Why a checkpoint was aborted; fails when there is no reason. */
  #causeOf(
    one: Watched,
    event: ProtocolEvent,
    completed: Watched | undefined,
  ): 'failure' | 'no failure' {
    const { checkpoint, kind } = one;
    const replaced =
      completed?.kind === 'checkpoint' &&
      checkpoint < completed.checkpoint &&
      kind === 'checkpoint';
    if (replaced || event.kind === 'halt') return 'no failure';
    if (completed !== undefined && endsJob(completed.kind)) return 'no failure';
    const expired = this.nowMs >= one.atMs + this.#settings.timeoutMs && one.missing.size > 0;
    const declined = event.kind === 'declined' && event.checkpoint === checkpoint;
    const unwritten =
      event.kind === 'publishFailed' && event.checkpoint === checkpoint && one.published;
    expect(expired || declined || unwritten).toBe(true);
    // A job that was halted meanwhile has failed already.
    return this.#runs ? 'failure' : 'no failure';
  }

  /** Law 4. */
  #begun(event: ProtocolEvent, commands: readonly ProtocolCommand[]): void {
    for (const command of commands) {
      if (command.kind !== 'trigger') continue;
      const { checkpoint, options, subtasks, target } = command;
      same(
        subtasks.filter((subtask) => this.#finished.has(subtask)),
        [],
      );
      if (this.all.has(checkpoint)) continue;
      expect(this.#runs).toBe(true);
      expect(checkpoint).toBeGreaterThan(Math.max(0, ...this.all.keys()));
      const request = this.state.pending.find((one) => one.checkpoint === checkpoint)?.request;
      if (options.kind === 'checkpoint') {
        expect(this.open.length).toBeLessThan(this.#settings.concurrentMax);
      } else {
        // At least once, barriers of one checkpoint are counted at a time: a savepoint waits for those before it.
        if (this.#settings.mode === 'at-least-once') expect(this.open).toEqual([]);
        else expect(event).toMatchObject({ kind: 'request', checkpointKind: options.kind });
      }
      if (request === undefined) {
        const { intervalMs, minPauseMs } = this.#settings;
        expect(this.nowMs).toBeGreaterThanOrEqual(this.#completedAtMs + minPauseMs);
        expect(this.nowMs).toBeGreaterThanOrEqual(this.#periodicAtMs + intervalMs!);
        this.#periodicAtMs = this.nowMs;
      }
      const missing = this.#subtasks
        .map(({ subtask }) => subtask)
        .filter((subtask) => !this.#finished.has(subtask));
      this.all.set(checkpoint, {
        checkpoint,
        kind: options.kind,
        counts: options.kind === 'checkpoint' || target === undefined,
        request,
        atMs: this.nowMs,
        base: this.#kept.at(-1) ?? -1,
        missing: new Set(missing),
        published: false,
        outcome: undefined,
      });
    }
  }

  /** Laws 1 and 3. */
  #published(commands: readonly ProtocolCommand[]): void {
    for (const command of commands) {
      if (command.kind !== 'publish') continue;
      const one = this.all.get(command.pending.checkpoint)!;
      expect(one).toMatchObject({ published: false, outcome: undefined, missing: new Set() });
      one.published = true;
    }
    const publishing = this.open.filter(({ published }) => published);
    const complete = this.open.filter(({ missing }) => missing.size === 0);
    same(publishing.length, Math.min(1, complete.length));
  }

  #answers(commands: readonly ProtocolCommand[]): void {
    for (const command of commands) {
      if (command.kind !== 'answer') continue;
      const { request, checkpoint, error } = command;
      expect(this.unanswered).toContain(request);
      this.#answered.add(request);
      if (checkpoint === undefined) expect(error).toMatchObject({ code: 'ERR_CHECKPOINT_REFUSED' });
      else {
        const { outcome, request: asked } = this.all.get(checkpoint)!;
        expect(asked).toBe(request);
        expect(outcome).toBe(error === undefined ? 'complete' : 'aborted');
      }
    }
  }

  /** Law 5. */
  #failedJob(commands: readonly ProtocolCommand[], failed: number): void {
    let expected = 0;
    for (let i = 0; i < failed; i++) {
      this.#failures++;
      if (this.#failures <= this.#settings.failuresTolerated) continue;
      this.#failures = 0;
      expected++;
    }
    const failures = commands.filter(
      (command) => command.kind === 'failJob' && command.error.code === 'ERR_CHECKPOINT_FAILURES',
    );
    same(failures.length, expected);
  }

  /** Law 6. */
  #dropped(commands: readonly ProtocolCommand[]): void {
    const { retained } = this.#settings;
    const needed = Math.min(
      ...this.open.filter(({ kind }) => kind === 'checkpoint').map(({ base }) => base),
    );
    const old = this.#kept.slice(0, Math.max(0, this.#kept.length - retained));
    const expected = old.filter((checkpoint) => checkpoint < needed);
    const dropped = commands.flatMap((command) =>
      command.kind === 'drop' ? command.checkpoints : [],
    );
    same(dropped, expected);
    this.#kept = this.#kept.filter((checkpoint) => !dropped.includes(checkpoint));
    same(this.state.completed, this.#kept);
  }
}
