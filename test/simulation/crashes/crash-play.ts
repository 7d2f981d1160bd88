/**
 * Plays one case: lets the engine run in one process after the other, each in one thread, in an order that the seed chooses, until the
 * job is through. Checked:
 *
 *  - whatever is under final names is in the model, no line more often than there, whenever a process is gone;
 *  - at the end it is the model;
 *  - the engine goes on from the newest intact checkpoint, and names each newer one with what is wrong with it;
 *  - no checkpoint that was complete is damaged, unless a bit was flipped or the disk lied.
 */

import { EngineError, ManualClock, Prng } from '../../../src/base/index.ts';
import type { FromWorker, ToWorker } from '../../../src/runtime/index.ts';
import { FaultyDisk } from '../../support/faulty-disk.ts';
import { NO_FAULTS } from './case.ts';
import type { CrashCase, Trouble } from './case.ts';
import { CHECKPOINTS, EngineProcess } from './engine-process.ts';
import { jobOf, OUTPUT } from './job-draft.ts';
import type { JobHooks } from './job-draft.ts';
import { KnownCheckpoints } from './known-checkpoints.ts';
import type { Warning } from './known-checkpoints.ts';
import { expectedLines, problemsOf } from './model.ts';
import { ProcessDisk } from './process-disk.ts';
import { VirtualTimers } from './virtual-timers.ts';
import { WorkerThread } from './worker-thread.ts';
import type { SimulatedWorker } from './worker-thread.ts';

/** After so many actions nothing goes wrong any more, and after so many it counts as endless. */
const HEALED_ACTIONS = 3000;
const ACTIONS_MAX = 20_000;
/** Jumps of the clock in which nothing else happens before a run counts as stuck. */
const STUCK_JUMPS = 400;
const JUMP_MS_MAX = 50;
const LATE_MS_MAX = 60;
const SLOW_MS_MAX = 30;

/** A bug planted in the engine, to see that it is found. */
export interface CrashCanary {
  /** In place of a message to a worker. */
  readonly posted?: (message: ToWorker) => ToWorker;
  /** In place of the settings of checkpoints. */
  readonly checkpoints?: (given: CrashCase['checkpoints']) => CrashCase['checkpoints'];
  /** In place of the disk of a process or thread. */
  readonly disk?: (disk: ProcessDisk) => ProcessDisk;
}

/** How much was played; a simulation that does nothing finds nothing. */
export interface Played {
  processes: number;
  attempts: number;
  checkpoints: number;
  restored: number;
  actions: number;
}

/** Runs the case to its end. Gives what is wrong, or undefined. */
export async function playCrashes(
  drawn: CrashCase,
  canary: CrashCanary = {},
  played: Played = { processes: 0, attempts: 0, checkpoints: 0, restored: 0, actions: 0 },
): Promise<string | undefined> {
  const play = new CrashPlay(drawn, canary, played);
  return play.run();
}

/** What a process shares with its threads. */
interface Life {
  alive: boolean;
  /** How it died. */
  death: Trouble | undefined;
  finishing: boolean;
  settled: { readonly error: unknown } | undefined;
  fresh: boolean;
}

class CrashPlay {
  readonly #drawn: CrashCase;
  readonly #canary: CrashCanary;
  readonly #played: Played;
  readonly #random: Prng;
  readonly #clock: ManualClock = new ManualClock(1_000_000);
  readonly #expected: ReturnType<typeof expectedLines>;
  readonly #known: KnownCheckpoints = new KnownCheckpoints(CHECKPOINTS);
  readonly #troubles: Trouble[];
  readonly #dead: WorkerThread[] = [];
  #disk: FaultyDisk = new FaultyDisk(0);
  #timers: VirtualTimers = new VirtualTimers(this.#clock);
  #warnings: Warning[] = [];
  #problem: string | undefined = undefined;
  #actions = 0;
  #armedAt = 0;
  #armed: { readonly trouble: Trouble; left: number } | undefined = undefined;
  #parallelism = 1;
  #processes = 0;
  /** The newest complete checkpoint when the process began. */
  #begunWith = 0;
  /** Whether what was complete may be damaged. */
  #damaged = false;
  #life: Life = newLife();

  constructor(drawn: CrashCase, canary: CrashCanary, played: Played) {
    this.#drawn = drawn;
    this.#canary = canary;
    this.#played = played;
    this.#random = new Prng(drawn.seed);
    this.#expected = expectedLines(drawn.operators);
    this.#troubles = [...drawn.troubles];
    this.#parallelism = drawn.parallelism;
    this.#damaged = drawn.faults.forgotten > 0;
    this.#disk = new FaultyDisk(drawn.seed, this.#faults());
  }

  async run(): Promise<string | undefined> {
    for (;;) {
      await this.#process();
      if (this.#problem !== undefined) return this.#problem;
      const through = this.#life.finishing;
      const wrong = problemsOf(this.#expected, this.#disk.files(), through);
      if (wrong.length > 0) return [...wrong, ...this.#lastWarnings()].join('\n');
      if (through) return undefined;
      this.#bury();
    }
  }

  /** What a death did to the disk, and to the next process. */
  #bury(): void {
    const { death } = this.#life;
    if (death?.kind === 'power') this.#disk = this.#disk.afterPowerLoss(this.#faults());
    if (death?.kind === 'flip') {
      this.#damaged = true;
      this.#disk.flipBit((path) => path.startsWith(CHECKPOINTS));
    }
    // Files without parts have names by the parallelism: who goes on from where another did must have the same.
    const { newest } = this.#known;
    const parts = this.#drawn.operators.every(
      (one) => one.kind !== 'sink' || one.rolling !== 'none',
    );
    const moved = newest > (parts ? 0 : this.#begunWith);
    // So must who may have to go back behind the process before, since checkpoints are damaged: a known limit of file sinks.
    const { faults, troubles } = this.#drawn;
    const mayGoBack = faults.forgotten > 0 || troubles.some(({ kind }) => kind === 'flip');
    if (death !== undefined && moved && !mayGoBack) this.#parallelism = death.parallelism;
    this.#begunWith = newest;
  }

  async #process(): Promise<void> {
    const life = newLife();
    this.#life = life;
    this.#timers = new VirtualTimers(this.#clock);
    this.#played.processes++;
    this.#warnings = [];
    const main = this.#open(() => life.alive, undefined);
    const { checkpoints = (given) => given } = this.#canary;
    const process = new EngineProcess({
      drawn: { ...this.#drawn, checkpoints: checkpoints(this.#drawn.checkpoints) },
      parallelism: this.#parallelism,
      clock: this.#clock,
      timers: this.#timers,
      random: this.#random,
      runId: `process-${this.#processes++}`,
      disk: main,
      job: jobOf(this.#drawn.operators, this.#hooks(main)),
      thread: (worker) => this.#thread(worker, life),
      observer: {
        onPost: (worker, message) => this.#onPost(worker, message),
        onWarning: (message, fields) => void this.#warnings.push({ message, fields }),
        onCheckpoint: ({ checkpoint }) => {
          this.#played.checkpoints++;
          this.#known.add(checkpoint, this.#disk.files());
        },
        onFinishing: () => {
          life.finishing = true;
        },
      },
    });
    const settle = (error: unknown): void => {
      life.settled ??= { error };
    };
    process.run.done.then(() => settle(undefined), settle);
    process.run.begin({ from: 'latest-or-new' }).catch(settle);
    await this.#live(process);
    if (life.alive && life.settled?.error !== undefined) this.#onFailure(life.settled.error);
    life.alive = false;
  }

  /** A process ended with an error: the machine's doing, or ours. */
  #onFailure(error: unknown): void {
    const code = error instanceof EngineError ? error.code : undefined;
    if (code === 'ERR_CHECKPOINT_IO') return;
    if (code === 'ERR_CHECKPOINT_NONE' && this.#damaged) {
      this.#check(0);
      this.#startOver();
      return;
    }
    this.#problem ??= `the job failed: ${textOf(error)}`;
  }

  /** Somebody has to decide when nothing intact is left; here it is to begin from nothing. */
  #startOver(): void {
    this.#disk.clear(OUTPUT);
    this.#disk.clear(CHECKPOINTS);
    this.#known.forget();
  }

  async #live(process: EngineProcess): Promise<void> {
    const life = this.#life;
    let quiet = 0;
    let jumps = 0;
    while (life.alive && life.settled === undefined && this.#problem === undefined) {
      this.#actions++;
      this.#played.actions++;
      if (this.#actions === HEALED_ACTIONS) this.#disk.setFaults({});
      if (this.#actions > ACTIONS_MAX) this.#problem = `the job does not end, ${process.run.state}`;
      this.#trouble();
      const mail = process.workers.some(
        ({ thread }) => thread.inbox.length + thread.outbox.length > 0,
      );
      if (!mail && quiet > 4 * process.workers.length + 4) {
        this.#jump(process);
        quiet = 0;
        if (++jumps > STUCK_JUMPS) this.#problem = `nothing goes on, ${process.run.state}`;
      } else if (this.#act(process)) {
        quiet = 0;
        jumps = 0;
      } else quiet++;
      await turnOfEventLoop();
      this.#replaceDead(process);
    }
  }

  /** One action; true when it came to anything. */
  #act(process: EngineProcess): boolean {
    const { workers } = process;
    const worker = workers[this.#random.below(workers.length)]!;
    const { thread } = worker;
    const what = this.#random.below(10);
    if (what < 2) {
      this.#timers.advance(this.#random.below(6));
      return false;
    }
    if (what < 4 && thread.inbox.length > 0) {
      thread.read();
      return true;
    }
    if (what < 6 && thread.outbox.length > 0) {
      this.#deliver(process, worker, thread.outbox.shift()!);
      return true;
    }
    try {
      return thread.turn();
    } catch (error) {
      // A thread that died in a call has nobody to tell.
      if (thread.alive) throw error;
      return true;
    }
  }

  #deliver(process: EngineProcess, worker: SimulatedWorker, message: FromWorker): void {
    const { late, twice, lost } = this.#healed ? NO_FAULTS : this.#drawn.faults;
    if (message.kind !== 'acknowledged') {
      process.receive(worker, message);
      return;
    }
    if (this.#chance(lost)) return;
    for (let times = this.#chance(twice) ? 2 : 1; times > 0; times--) {
      const later = (): void => process.receive(worker, message);
      if (this.#chance(late)) this.#timers.after(this.#random.below(LATE_MS_MAX), later);
      else later();
    }
  }

  /** Nothing goes on but time. */
  #jump({ workers, timers }: EngineProcess): void {
    const waits = workers.map(({ thread }) => thread.waitMs(JUMP_MS_MAX));
    const wait = Math.ceil(Math.min(timers.waitMs, ...waits));
    timers.advance(Math.max(1, wait));
  }

  /** Lets what is due go wrong. */
  #trouble(): void {
    const [next] = this.#troubles;
    if (this.#armed !== undefined || next === undefined || this.#healed) return;
    if (this.#actions - this.#armedAt < next.after) return;
    this.#troubles.shift();
    this.#armed = { trouble: next, left: next.call };
    if (next.call === 0 && next.kind !== 'user') this.#strike(undefined);
  }

  #strike(thread: WorkerThread | undefined): void {
    const { trouble } = this.#armed!;
    this.#armed = undefined;
    this.#armedAt = this.#actions;
    if (trouble.kind === 'worker') {
      this.#kill(thread);
      return;
    }
    this.#life.alive = false;
    this.#life.death = trouble;
  }

  #kill(thread: WorkerThread | undefined): void {
    if (thread === undefined) this.#victimWanted = true;
    else {
      thread.alive = false;
      this.#dead.push(thread);
    }
  }

  #victimWanted = false;

  #replaceDead(process: EngineProcess): void {
    if (this.#victimWanted) {
      this.#victimWanted = false;
      const { thread } = process.workers[this.#random.below(process.workers.length)]!;
      thread.alive = false;
      this.#dead.push(thread);
    }
    for (const thread of this.#dead.splice(0)) {
      const worker = process.workers.find((one) => one.thread === thread);
      if (worker === undefined || !this.#life.alive) continue;
      // Of what it had said, a part arrives.
      const said = thread.outbox.slice(0, this.#random.below(thread.outbox.length + 1));
      for (const message of said) this.#deliver(process, worker, message);
      const reason = 'it died in the simulation';
      process.replace(
        worker,
        new EngineError('ERR_CONTROL_WORKER_EXIT', { worker: worker.id, reason }),
      );
    }
  }

  #thread(worker: number, life: Life): WorkerThread {
    const thread: WorkerThread = new WorkerThread({
      worker,
      workers: this.#drawn.workers,
      clock: this.#clock,
      disk: this.#open(
        () => life.alive && thread.alive,
        () => thread,
      ),
      job: jobOf(
        this.#drawn.operators,
        this.#hooks(
          this.#open(
            () => life.alive && thread.alive,
            () => thread,
          ),
        ),
      ),
    });
    return thread;
  }

  #open(alive: () => boolean, thread: (() => WorkerThread) | undefined): ProcessDisk {
    const { disk: planted = (disk) => disk } = this.#canary;
    return planted(
      new ProcessDisk(this.#disk, {
        get alive() {
          return alive();
        },
        onCall: () => {
          const armed = this.#armed;
          if (armed === undefined || armed.trouble.kind === 'user') return true;
          // A worker dies at calls of its own.
          if (armed.trouble.kind === 'worker' && thread === undefined) return true;
          if (--armed.left <= 0) this.#strike(thread?.());
          return this.#random.below(2) === 0;
        },
      }),
    );
  }

  #hooks(disk: ProcessDisk): JobHooks {
    const timers = this.#timers;
    return {
      onRow: () => {
        const armed = this.#armed;
        if (armed?.trouble.kind !== 'user' || --armed.left > 0) return;
        this.#armed = undefined;
        this.#armedAt = this.#actions;
        throw new RangeError('the simulation lets this row fail');
      },
      sleep: () => timers.sleep(this.#random.below(6)),
      disk: () => disk.sinkDisk(),
    };
  }

  #onPost(worker: number, message: ToWorker): ToWorker {
    if (message.kind === 'deploy') {
      const chosen = message.restore?.manifest.checkpoint ?? 0;
      if (worker === 0) {
        this.#played.attempts++;
        if (chosen > 0) this.#played.restored++;
        this.#check(chosen);
        this.#warnings = [];
        // Nothing of what was complete is left, and the run does not know of it.
        if (chosen === 0 && this.#life.fresh && this.#known.newest > 0) this.#startOver();
        this.#life.fresh = false;
      }
    }
    return this.#canary.posted?.(message) ?? message;
  }

  #check(chosen: number): void {
    const files = this.#disk.files();
    const { newest } = this.#known;
    // A newer one may be complete that the killed process did not come to speak of.
    if (!this.#damaged && chosen < newest && this.#known.newestIntact(files) !== newest) {
      this.#problem ??= `checkpoint ${newest} was complete and is damaged`;
    }
    this.#problem ??= this.#known.problemOf(chosen, files, this.#warnings);
  }

  get #healed(): boolean {
    return this.#actions >= HEALED_ACTIONS;
  }

  #faults(): ConstructorParameters<typeof FaultyDisk>[1] {
    if (this.#healed) return {};
    const { shortWrites, full, errors, forgotten, slow } = this.#drawn.faults;
    return {
      shortWrites,
      full,
      errors,
      forgotten,
      forgets: (folder) => folder === CHECKPOINTS,
      slow,
      sleep: () => this.#timers.sleep(1 + this.#random.below(SLOW_MS_MAX)),
    };
  }

  #chance(probability: number): boolean {
    return probability > 0 && this.#random.next() < probability;
  }

  #lastWarnings(): string[] {
    return this.#warnings.slice(-3).map(({ message, fields }) => {
      return `warning: ${message} ${JSON.stringify(fields)}`;
    });
  }
}

function newLife(): Life {
  return { alive: true, death: undefined, finishing: false, settled: undefined, fresh: true };
}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = error instanceof EngineError ? `${error.code}: ` : '';
  return `${code}${error.stack ?? error.message}`;
}

/** Lets settled promises be seen. */
function turnOfEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
