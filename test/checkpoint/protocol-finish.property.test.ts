/**
 * The protocol with a job that behaves: barriers run along channels, subtasks align them, end when they like, and acknowledge
 * some time later. Law: every checkpoint that begins is complete in the end, whoever finishes meanwhile.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';

import { Prng } from '../../src/base/index.ts';
import { checkpointSettings } from '../../src/checkpoint/index.ts';
import type { ProtocolSubtask } from '../../src/checkpoint/index.ts';
import { BarrierAligner } from '../../src/runtime/barrier-aligner.ts';
import { reportOf } from '../support/checkpoint-states.ts';
import { ProtocolObserver } from '../support/protocol-observer.ts';

const END = -1;
/** As a sink that commits by checkpoints: when its inputs ended it takes part in one more. */
const LINGERS = 4;

interface Channel {
  readonly from: number;
  readonly to: number;
  readonly queue: number[];
  blocked: boolean;
}

/** Two sources, one of which feeds two subtasks; the last reads from all ways. */
const PRODUCERS: readonly (readonly number[])[] = [[], [], [0, 1], [1], [2, 3]];

class BehavingJob {
  readonly #random: Prng;
  readonly observer: ProtocolObserver;
  readonly #channels: Channel[] = PRODUCERS.flatMap((producers, to) =>
    producers.map((from) => ({ from, to, queue: [], blocked: false })),
  );
  readonly #aligners: readonly BarrierAligner[] = PRODUCERS.map(
    (producers) => new BarrierAligner(producers.length),
  );
  readonly #last: number[] = PRODUCERS.map(() => -1);
  readonly #ended: Set<number> = new Set();
  readonly #endedChannels: Set<Channel> = new Set();
  #lingers = false;
  /** Messages on their way, in the order of each subtask. */
  readonly #toSubtasks: { readonly subtask: number; readonly checkpoint: number }[] = [];
  readonly #fromSubtasks: (() => void)[][] = PRODUCERS.map(() => []);

  constructor(seed: number, observer: ProtocolObserver) {
    this.#random = new Prng(seed);
    this.observer = observer;
  }

  /** Does one thing that can be done; false when there is none. */
  step(mayEnd: boolean): boolean {
    const doable: (() => void)[] = [];
    if (this.#toSubtasks.length > 0) {
      doable.push(() => this.#told(this.#toSubtasks.shift()!));
    }
    for (const messages of this.#fromSubtasks) {
      if (messages.length > 0) doable.push(() => messages.shift()!());
    }
    for (const channel of this.#channels) {
      if (channel.queue.length > 0 && !channel.blocked) doable.push(() => this.#read(channel));
    }
    if (mayEnd) {
      for (const source of [0, 1])
        if (!this.#ended.has(source)) doable.push(() => this.#end(source));
    }
    if (doable.length === 0) return false;
    doable[this.#random.below(doable.length)]!();
    return true;
  }

  /** Gives an event, and carries out what comes of it. */
  give(event: Parameters<ProtocolObserver['give']>[0]): void {
    for (const command of this.observer.give(event)) {
      if (command.kind === 'trigger') {
        const { checkpoint } = command;
        this.#toSubtasks.push(...command.subtasks.map((subtask) => ({ subtask, checkpoint })));
      }
      if (command.kind === 'publish') {
        const { checkpoint } = command.pending;
        this.give({ kind: 'published', nowMs: this.observer.nowMs, checkpoint });
      }
    }
  }

  #told({ subtask, checkpoint }: { readonly subtask: number; readonly checkpoint: number }): void {
    if (!this.#ended.has(subtask)) this.#pass(subtask, checkpoint);
  }

  #read(channel: Channel): void {
    const { to, queue } = channel;
    const said = queue.shift()!;
    const aligner = this.#aligners[to]!;
    const own = this.#channels.filter((each) => each.to === to);
    const index = own.indexOf(channel);
    const current = aligner.current?.checkpoint;
    if (said !== END) {
      const barrier = { checkpoint: said, triggeredAtMs: 0, options: 0 };
      const came = aligner.onBarrier(index, barrier);
      if (came === 'block') channel.blocked = true;
      if (came === 'complete') this.#aligned(to, said, own);
    } else {
      if (aligner.onEnd(index)) this.#aligned(to, current!, own);
      this.#endedChannels.add(channel);
      if (!own.every((each) => this.#endedChannels.has(each))) return;
      if (to === LINGERS) this.#lingers = true;
      else this.#end(to);
    }
  }

  #aligned(subtask: number, checkpoint: number, own: readonly Channel[]): void {
    this.#aligners[subtask]!.finish(checkpoint);
    for (const channel of own) channel.blocked = false;
    this.#pass(subtask, checkpoint);
  }

  /** Takes its snapshot and sends the barrier on; the acknowledgement follows when it is written. */
  #pass(subtask: number, checkpoint: number): void {
    if (checkpoint <= this.#last[subtask]!) return;
    this.#last[subtask] = checkpoint;
    this.#emit(subtask, checkpoint);
    this.#fromSubtasks[subtask]!.push(() =>
      this.give({
        kind: 'acknowledged',
        nowMs: this.observer.nowMs,
        checkpoint,
        report: reportOf(subtask),
      }),
    );
    if (subtask === LINGERS && this.#lingers) this.#end(subtask);
  }

  #end(subtask: number): void {
    this.#ended.add(subtask);
    this.#emit(subtask, END);
    const lastCheckpoint = this.#last[subtask]!;
    const event = { kind: 'finished' as const, subtask, lastCheckpoint };
    // The end is said at once, also before state that is still being written.
    this.#fromSubtasks[subtask]!.unshift(() => this.give({ ...event, nowMs: this.observer.nowMs }));
  }

  #emit(subtask: number, said: number): void {
    for (const { from, queue } of this.#channels) if (from === subtask) queue.push(said);
  }
}

test('a checkpoint of a job that behaves is complete, whoever finishes meanwhile', () => {
  let completed = 0;
  let withFinished = 0;
  fc.assert(
    fc.property(fc.integer(), fc.nat(60), fc.nat(8), (seed, endsAfter, gap) => {
      const observer = new ProtocolObserver(checkpointSettings({ timeoutMs: 1e9 }));
      const job = new BehavingJob(seed, observer);
      const subtasks = PRODUCERS.map((producers, subtask): ProtocolSubtask => ({
        subtask,
        producers,
      }));
      job.give({ kind: 'start', nowMs: 0, subtasks });
      let request = 0;
      for (let i = 0; ; i++) {
        if (i % (gap + 3) === 0 && i < 100) {
          job.give({
            kind: 'request',
            nowMs: i,
            request: request++,
            checkpointKind: 'checkpoint',
            target: undefined,
          });
        }
        if (!job.step(i >= endsAfter) && i >= 100) break;
      }
      expect(observer.open).toEqual([]);
      for (const { outcome } of observer.all.values()) expect(outcome).toBe('complete');
      expect(observer.unanswered).toEqual([]);
      completed += observer.all.size;
      if (observer.all.size > 0 && endsAfter < 60) withFinished++;
    }),
    { numRuns: 60 },
  );
  expect(completed).toBeGreaterThan(60);
  expect(withFinished).toBeGreaterThan(10);
});
