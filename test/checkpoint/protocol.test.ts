/** The checkpoint protocol in scenes. */

import { describe, expect, test } from 'vitest';

import {
  advance,
  beginProtocol,
  checkpointSettings,
  manifestOf,
  nextWakeMs,
} from '../../src/checkpoint/index.ts';
import type {
  CheckpointKind,
  CheckpointSettings,
  ProtocolCommand,
  ProtocolEvent,
  ProtocolState,
} from '../../src/checkpoint/index.ts';
import { reportOf } from '../support/checkpoint-states.ts';

/** A source 0 and a sink 1. */
class Scene {
  state: ProtocolState = beginProtocol(checkpointSettings({}));

  constructor(settings: Partial<CheckpointSettings> = { intervalMs: 100 }) {
    this.state = beginProtocol(checkpointSettings({ timeoutMs: 50, ...settings }));
    const subtasks = [
      { subtask: 0, producers: [] },
      { subtask: 1, producers: [0] },
    ];
    this.give({ kind: 'start', nowMs: 0, subtasks });
  }

  give(event: ProtocolEvent): readonly ProtocolCommand[] {
    const { state, commands } = advance(this.state, event);
    this.state = state;
    return commands;
  }

  kinds(event: ProtocolEvent): string[] {
    return this.give(event).map(({ kind }) => kind);
  }

  ask(nowMs: number, checkpointKind: CheckpointKind): string[] {
    return this.kinds({ kind: 'request', nowMs, request: 7, checkpointKind, target: 'there' });
  }

  acknowledge(nowMs: number, checkpoint: number, ...subtasks: number[]): string[] {
    return subtasks.flatMap((subtask) =>
      this.kinds({ kind: 'acknowledged', nowMs, checkpoint, report: reportOf(subtask) }),
    );
  }
}

describe('checkpoints', () => {
  test('begin at the interval, at sources only, and are published when all acknowledged', () => {
    const scene = new Scene();
    expect(nextWakeMs(scene.state)).toBe(100);
    expect(scene.give({ kind: 'tick', nowMs: 99 })).toEqual([]);
    const [trigger] = scene.give({ kind: 'tick', nowMs: 100 });
    expect(trigger).toMatchObject({ kind: 'trigger', checkpoint: 1, subtasks: [0] });
    expect(nextWakeMs(scene.state)).toBe(150);
    expect(scene.acknowledge(110, 1, 0)).toEqual([]);
    expect(scene.acknowledge(110, 1, 0, 9)).toEqual([]);
    expect(scene.acknowledge(120, 1, 1)).toEqual(['publish']);
    expect(scene.kinds({ kind: 'published', nowMs: 130, checkpoint: 1 })).toEqual([
      'notifyComplete',
    ]);
    expect(scene.state).toMatchObject({
      completed: [1],
      latest: { checkpoint: 1, target: undefined },
    });
    expect(nextWakeMs(scene.state)).toBe(200);
  });

  test('that expire fail the job when no failure is tolerated, and what comes late is discarded', () => {
    const scene = new Scene();
    scene.give({ kind: 'tick', nowMs: 100 });
    scene.acknowledge(110, 1, 0);
    const commands = scene.give({ kind: 'tick', nowMs: 150 });
    expect(commands.map(({ kind }) => kind)).toEqual(['notifyAborted', 'discard', 'failJob']);
    expect(commands.at(-1)).toMatchObject({
      error: {
        code: 'ERR_CHECKPOINT_FAILURES',
        message:
          '1 checkpoints failed in a row, 0 are tolerated; the last one: no word of subtask 1 within 50 ms',
      },
    });
    expect(scene.acknowledge(160, 1, 1)).toEqual(['discard']);
  });

  test('of which several are under way are published in turn, and a newer one replaces older ones', () => {
    const scene = new Scene({ concurrentMax: 3 });
    for (const nowMs of [1, 2, 3]) scene.ask(nowMs, 'checkpoint');
    expect(scene.acknowledge(4, 2, 0, 1)).toEqual(['publish']);
    expect(scene.acknowledge(5, 3, 0, 1)).toEqual([]);
    expect(scene.acknowledge(6, 1, 0, 1)).toEqual([]);
    const kinds = scene.kinds({ kind: 'published', nowMs: 7, checkpoint: 2 });
    expect(kinds).toEqual([
      'notifyComplete',
      'answer',
      'notifyAborted',
      'discard',
      'answer',
      'publish',
    ]);
  });

  test('go on beside subtasks that finished; their state is that they had', () => {
    const scene = new Scene();
    const toSink = scene.give({ kind: 'finished', nowMs: 50, subtask: 0, lastCheckpoint: -1 });
    expect(toSink).toEqual([]);
    const [trigger] = scene.give({ kind: 'tick', nowMs: 100 });
    expect(trigger).toMatchObject({ subtasks: [1] });
    const [publish] = scene.give({
      kind: 'acknowledged',
      nowMs: 101,
      checkpoint: 1,
      report: reportOf(1),
    });
    if (publish?.kind !== 'publish') throw new Error('not published');
    const [first, second] = ['h0', 'h1'].map((head) => ({ head, index: 0, parallelism: 1 }));
    const job = { job: 'j', graphFingerprint: 'f', operators: [], subtasks: [first!, second!] };
    const times = { triggeredAtMs: 1, completedAtMs: 2 };
    const { subtasks, kind } = manifestOf(job, publish.pending, times);
    expect(kind).toBe('checkpoint');
    expect(subtasks).toMatchObject([
      { head: 'h0', finished: true, operators: {} },
      { head: 'h1', finished: false },
    ]);
  });

  test('reach the subtasks behind one that finished before the barrier', () => {
    const scene = new Scene();
    scene.give({ kind: 'tick', nowMs: 100 });
    const event = { kind: 'finished', nowMs: 101, subtask: 0, lastCheckpoint: -1 } as const;
    expect(scene.give(event)).toMatchObject([{ kind: 'trigger', checkpoint: 1, subtasks: [1] }]);
    expect(scene.kinds(event)).toEqual([]);
  });

  test('are not taken of a job whose subtasks have all finished', () => {
    const scene = new Scene();
    for (const subtask of [0, 1]) {
      scene.give({ kind: 'finished', nowMs: 1, subtask, lastCheckpoint: -1 });
    }
    expect(nextWakeMs(scene.state)).toBe(Infinity);
    expect(scene.ask(5, 'checkpoint')).toEqual(['answer']);
  });
});

describe('savepoints', () => {
  test('begin at once, commit nothing and are not what a failed job goes on from', () => {
    const scene = new Scene({ intervalMs: undefined, minPauseMs: 1000 });
    expect(scene.ask(1, 'checkpoint')).toEqual(['trigger']);
    expect(scene.ask(2, 'savepoint')).toEqual(['trigger']);
    expect(scene.acknowledge(3, 2, 0, 1)).toEqual(['publish']);
    expect(scene.kinds({ kind: 'published', nowMs: 4, checkpoint: 2 })).toEqual(['answer']);
    expect(scene.state).toMatchObject({ completed: [], latest: undefined });
    expect(scene.acknowledge(5, 1, 0, 1)).toEqual(['publish']);
  });

  test('from elsewhere that a job goes on from are older than all that it takes', () => {
    const latest = { checkpoint: 40, target: 'there' };
    const beginning = { nextCheckpoint: 6, completed: [5], latest };
    const { nextCheckpoint } = beginProtocol(checkpointSettings({}), beginning);
    expect(nextCheckpoint).toBe(41);
  });

  test('that end the job let nothing else begin, and end it when they are complete', () => {
    const scene = new Scene();
    expect(scene.ask(90, 'drain')).toEqual(['trigger']);
    expect(scene.kinds({ kind: 'tick', nowMs: 100 })).toEqual([]);
    expect(scene.ask(101, 'savepoint')).toEqual(['answer']);
    expect(scene.acknowledge(110, 1, 0, 1)).toEqual(['publish']);
    const kinds = scene.kinds({ kind: 'published', nowMs: 120, checkpoint: 1 });
    expect(kinds).toEqual(['notifyComplete', 'answer', 'endJob']);
    expect(scene.state).toMatchObject({
      phase: 'stopped',
      latest: { checkpoint: 1, target: 'there' },
    });
  });

  test('that should have suspended the job and failed let it go on', () => {
    const scene = new Scene();
    scene.ask(90, 'suspend');
    expect(scene.kinds({ kind: 'tick', nowMs: 140 })).toEqual([
      'notifyAborted',
      'discard',
      'answer',
    ]);
    expect(scene.state.phase).toBe('running');
    expect(nextWakeMs(scene.state)).toBe(240);
  });

  test('that should have drained the job and failed fail it: behind the end of time nothing goes on', () => {
    const scene = new Scene();
    scene.ask(90, 'drain');
    const reason = 'disk full';
    const event = { kind: 'declined', nowMs: 95, checkpoint: 1, subtask: 1, reason } as const;
    expect(scene.kinds(event)).toEqual(['notifyAborted', 'discard', 'answer', 'failJob']);
    expect(scene.kinds({ kind: 'tick', nowMs: 500 })).toEqual([]);
  });

  test('whose manifest is being written while the job fails have the outcome of the writing', () => {
    const scene = new Scene();
    scene.ask(90, 'suspend');
    scene.acknowledge(91, 1, 0, 1);
    expect(scene.kinds({ kind: 'halt', nowMs: 92, reason: 'a worker died' })).toEqual([]);
    expect(scene.kinds({ kind: 'published', nowMs: 93, checkpoint: 1 })).toEqual([
      'answer',
      'endJob',
    ]);
  });
});
