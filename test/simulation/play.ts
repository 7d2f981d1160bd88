/** Says a script to a job and to its model, and compares what came out. */

import { EngineError } from 'millrace';
import { TestRun } from 'millrace/testing';
import type { TestRunOptions } from 'millrace/testing';
import { EventTime } from './event-time.ts';
import { nameOf, SIDES } from './scenario.ts';
import type { Case, Model, Said, Say, Side, SimRow } from './scenario.ts';
import type { Settings } from './script.ts';

const END_OF_TIME = Number.MAX_SAFE_INTEGER;

/** A bug planted between script and job, to see that it is found; the model is told the truth. */
export interface Canary {
  /** What the job is told in place of this row; nothing to lose it. */
  readonly row?: (said: Said, watermark: number, restores: number) => readonly Said[];
  /** What the job is told in place of this watermark. */
  readonly watermark?: (watermark: number) => number;
}

/** Runs the case to its end. Gives what is wrong, or undefined. */
export async function play(
  drawn: Case,
  settings: Settings,
  script: readonly Say[],
  canary: Canary = {},
): Promise<string | undefined> {
  const played = new Play(drawn, settings, script, canary);
  try {
    return await played.run();
  } catch (error) {
    const text = error instanceof EngineError ? `${error.code}: ${error.message}` : String(error);
    return `the run failed: ${text}\n${error instanceof Error ? (error.stack ?? '') : ''}`;
  } finally {
    await played.close();
  }
}

class Play {
  readonly #drawn: Case;
  readonly #options: TestRunOptions;
  readonly #script: readonly Say[];
  readonly #canary: Canary;
  readonly #model: Model;
  readonly #time: EventTime;
  /** By lane of both sides: from where the timestamps of its rows are measured. */
  readonly #levels: number[];
  /** Rows that may be taken back, by side and key. */
  readonly #live: Map<string, Said[]> = new Map();
  readonly #restoring: boolean;
  #run: TestRun | undefined = undefined;
  #restores = 0;
  #seen: number = Number.MIN_SAFE_INTEGER;

  constructor(drawn: Case, { options, start }: Settings, script: readonly Say[], canary: Canary) {
    this.#drawn = drawn;
    this.#options = drawn.batch === true ? { ...options, executionMode: 'batch' } : options;
    this.#script = script;
    this.#canary = canary;
    this.#model = drawn.model();
    const channels = drawn.sides === 2 ? drawn.lanes[0] + drawn.lanes[1] : drawn.lanes[0];
    this.#time = new EventTime(channels);
    this.#levels = Array.from({ length: channels }, () => start);
    this.#restoring = script.some(({ say }) => say === 'restore');
  }

  async run(): Promise<string | undefined> {
    this.#run = await TestRun.start(this.#drawn.job, this.#options);
    for (const [id, say] of this.#script.entries()) await this.#say(say, id);
    if (!this.#drawn.pour) this.#meet();
    await this.#run.finish();
    this.#model.watermark(END_OF_TIME);
    return differences(this.#model.results(), this.#drawn.read(this.#run));
  }

  async close(): Promise<void> {
    if (this.#run?.done === false) await this.#run.cancel();
  }

  async #say(say: Say, id: number): Promise<void> {
    const run = this.#run!;
    switch (say.say) {
      case 'row':
        this.#row(say, id);
        run.step(say.steps);
        return;
      case 'watermark':
        this.#watermark(say);
        run.step(say.steps);
        return;
      case 'idle':
        if (!this.#drawn.pour) this.#idle(say.side, this.#lane(say));
        return;
      case 'clock':
        this.#rest();
        run.advanceProcessingTime(say.by);
        this.#model.clock(run.nowMs);
        return;
      case 'restore': {
        const resting = this.#model.restored !== undefined;
        if (resting) this.#rest();
        else run.step(say.steps);
        const snapshot = await run.checkpoint(run.barrier());
        await run.cancel();
        const options = { ...this.#options, parallelism: say.parallelism };
        this.#run = await TestRun.restore(this.#drawn.job, snapshot, options, run);
        this.#restores++;
        if (!resting) return;
        this.#run.settle();
        this.#model.restored?.(this.#time.current);
      }
    }
  }

  #row(say: Extract<Say, { say: 'row' }>, id: number): void {
    const lane = this.#lane(say);
    const channel = this.#channel(say.side, lane);
    const {
      drawn: { pour, late },
    } = { drawn: this.#drawn };
    if (this.#time.isIdle(channel)) this.#wake(say.side, lane);
    const level = late === false && !pour ? this.#highest() : this.#levels[channel]!;
    // In time, and past the end of every session that was let go of: touching one is no matter of order then.
    const inTime = pour || late === false;
    const time = level + (inTime ? Math.abs(say.ahead) + 2 : say.ahead);
    const { key, n, gap } = say;
    const row: SimRow = { id, key, name: nameOf(key), n, gap };
    const said = this.#change({ side: say.side, row, time, change: 'insert' }, say.takesBack);
    const touchy = !pour && this.#model.touchy(said, this.#time.current);
    if (touchy) this.#rest();
    this.#model.row(said);
    const { row: plant = (one: Said) => [one] } = this.#canary;
    for (const one of plant(said, this.#time.current, this.#restores)) {
      const feed = this.#run!.source(SIDES[say.side], lane);
      if (one.change === 'insert') feed.push(one.row, one.time);
      else feed.pushChange(one.change, one.row, one.time);
    }
    if (touchy) this.#rest();
  }

  /** The row itself, or the taking back of an earlier one. */
  #change(said: Said, takesBack: number | undefined): Said {
    const of = `${said.side} ${said.row.key}`;
    const live = this.#live.get(of) ?? [];
    this.#live.set(of, live);
    if (takesBack === undefined || live.length === 0) {
      live.push(said);
      return said;
    }
    const [taken] = live.splice(takesBack % live.length, 1);
    return { ...taken!, time: said.time, change: takesBack % 2 === 0 ? 'delete' : 'updateBefore' };
  }

  #watermark(say: Extract<Say, { say: 'watermark' }>): void {
    const lane = this.#lane(say);
    const channel = this.#channel(say.side, lane);
    const watermark = this.#levels[channel]! + say.by;
    this.#levels[channel] = watermark;
    const { pour } = this.#drawn;
    if (!pour) this.#rest();
    if (this.#time.isIdle(channel)) this.#wake(say.side, lane);
    this.#tell(say.side, lane, watermark);
    if (!pour) this.#rest();
  }

  #tell(side: Side, lane: number, watermark: number): void {
    const told = this.#canary.watermark?.(watermark) ?? watermark;
    this.#run!.source(SIDES[side], lane).watermark(told);
    this.#time.watermark(this.#channel(side, lane), watermark);
  }

  #idle(side: Side, lane: number): void {
    this.#rest();
    this.#run!.source(SIDES[side], lane).idle();
    this.#time.idle(this.#channel(side, lane));
    this.#rest();
  }

  /** A lane that was idle goes on. */
  #wake(side: Side, lane: number): void {
    const channel = this.#channel(side, lane);
    this.#run!.source(SIDES[side], lane).active();
    this.#time.active(channel);
    // After a time in which all were idle, what one subtask lets through would go ahead of what another has not yet been told of:
    // nobody waits for an idle one.
    this.#rest();
    // Fresh instances do not know that the others went on without it, so that it has to be where they are.
    const { current } = this.#time;
    if (!this.#restoring || current <= Number.MIN_SAFE_INTEGER) return;
    this.#levels[channel] = Math.max(this.#levels[channel]!, current);
    this.#tell(side, lane, this.#levels[channel]!);
    this.#rest();
  }

  /** Lets everything said so far take effect, and tells the model how far event time has come. */
  #rest(): void {
    this.#run!.settle();
    const { current } = this.#time;
    if (current <= this.#seen) return;
    this.#seen = current;
    this.#model.watermark(current);
  }

  /** Brings all lanes to one time, since they end in any order, and the last one alone would go on to its own. */
  #meet(): void {
    this.#rest();
    const highest = this.#highest();
    for (const side of this.#drawn.sides === 2 ? ([0, 1] as const) : ([0] as const)) {
      for (let lane = 0; lane < this.#drawn.lanes[side]; lane++) {
        if (this.#time.isIdle(this.#channel(side, lane))) this.#wake(side, lane);
        this.#tell(side, lane, highest);
        this.#rest();
      }
    }
  }

  #highest(): number {
    return Math.max(...this.#levels, this.#time.current);
  }

  #lane({ side, lane, ...rest }: { side: Side; lane: number; key?: number; say: string }): number {
    const lanes = this.#drawn.lanes[side];
    if (rest.say !== 'row' || this.#drawn.routing === 'any') return lane % lanes;
    return this.#drawn.routing === 'key' ? rest.key! % lanes : 0;
  }

  #channel(side: Side, lane: number): number {
    return side === 0 ? lane : this.#drawn.lanes[0] + lane;
  }
}

/** What is missing, and what is there without reason. */
function differences(
  expected: Readonly<Record<string, readonly string[]>>,
  got: Readonly<Record<string, readonly string[]>>,
): string | undefined {
  const lines: string[] = [];
  for (const output of new Set([...Object.keys(expected), ...Object.keys(got)])) {
    const left = (got[output] ?? []).toSorted();
    for (const text of expected[output] ?? []) {
      const at = left.indexOf(text);
      if (at < 0) lines.push(`  ${output}: missing    ${text}`);
      else left.splice(at, 1);
    }
    for (const text of left) lines.push(`  ${output}: unexpected ${text}`);
  }
  return lines.length === 0 ? undefined : lines.join('\n');
}
