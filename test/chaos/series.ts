/**
 * One job from its beginning to its end, killed with SIGKILL again and again at moments that a seed draws, and started anew each time
 * from the latest checkpoint of its folder.
 *
 * Checked after each kill: what is under final names is in the model, no line more often than there. At the end: it is the model. No
 * checkpoint that was ever said to be complete may be rejected, as a killed process loses nothing that it wrote.
 */

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { Prng } from '../../src/base/index.ts';
import type { ChildEvent, ChildOrder } from './child.ts';
import { committedLines, expectedLines, problemsOf } from './model.ts';
import type { Lines } from './model.ts';

/** A process that is neither killed nor ends within this time hangs. */
const CHILD_MS_MAX = 60_000;

/** How a series is run. */
export interface SeriesOptions {
  readonly seed: number;
  /** After so many kills the job may run to its end. */
  readonly killsMax: number;
  /** Rows of each source, default 12,000. */
  readonly rows?: number;
}

/** What came of a series. */
export interface SeriesResult {
  readonly kills: number;
  /** Processes that found a checkpoint to go on from. */
  readonly resumed: number;
  /** Empty: all is as it should be. */
  readonly problems: readonly string[];
}

/** When a process is killed. */
interface Death {
  /** `never`: it may run to its end. */
  readonly after: 'start' | 'running' | 'checkpoint' | 'never';
  /** The event counts when it comes for this time. */
  readonly times: number;
  readonly delayMs: number;
}

/** Runs one series in a folder of its own, which stays when something is wrong. */
export async function runSeries(options: SeriesOptions): Promise<SeriesResult> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-chaos-'));
  const result = await new Series(options, folder).run();
  if (result.problems.length === 0) rmSync(folder, { recursive: true });
  return result;
}

class Series {
  readonly #prng: Prng;
  readonly #killsMax: number;
  readonly #output: string;
  readonly #directory: string;
  readonly #rows: number;
  readonly #expected: Lines;
  readonly #problems: string[] = [];
  readonly #folder: string;
  #checkpoint = 0;
  #parallelism = 2;

  constructor({ seed, killsMax, rows = 12_000 }: SeriesOptions, folder: string) {
    this.#prng = new Prng(seed);
    this.#killsMax = killsMax;
    this.#rows = rows;
    this.#folder = folder;
    this.#output = join(folder, 'output');
    this.#directory = join(folder, 'checkpoints');
    mkdirSync(this.#output);
    this.#expected = expectedLines(rows);
  }

  async run(): Promise<SeriesResult> {
    let kills = 0;
    let resumed = 0;
    let begunWith = 0;
    for (let through = false; !through && this.#problems.length === 0;) {
      const own = join(this.#directory, 'chaos');
      const isThere = existsSync(own) && readdirSync(own).some((n) => n.endsWith('.manifest'));
      if (isThere) resumed++;
      // Files without parts have names by the parallelism: who goes on from where another did must have the same.
      if (this.#checkpoint > begunWith) this.#parallelism = 1 + this.#prng.below(3);
      begunWith = this.#checkpoint;
      const death = this.#drawDeath(kills);
      through = await this.#life(death);
      if (!through) kills++;
      const got = committedLines(this.#output);
      const problems = problemsOf(this.#expected, got, through);
      this.#problems.push(
        ...problems.map((problem) => `after ${JSON.stringify(death)}: ${problem}`),
      );
    }
    if (this.#problems.length > 0) this.#problems.push(`files are left in ${this.#folder}`);
    return { kills, resumed, problems: this.#problems };
  }

  #drawDeath(kills: number): Death {
    const prng = this.#prng;
    if (kills >= this.#killsMax) return { after: 'never', times: 1, delayMs: 0 };
    const what = prng.below(100);
    if (what < 15) return { after: 'start', times: 1, delayMs: prng.below(600) };
    if (what < 30) return { after: 'running', times: 1, delayMs: prng.below(60) };
    return { after: 'checkpoint', times: 1 + prng.below(3), delayMs: prng.below(50) };
  }

  /** One process from its start to its end; true when the job was through. */
  async #life({ after, times, delayMs }: Death): Promise<boolean> {
    const order: ChildOrder = {
      parameters: { output: this.#output, rows: this.#rows, rowsPerSecond: 3000 },
      parallelism: this.#parallelism,
      directory: this.#directory,
      intervalMs: 10 + this.#prng.below(30),
    };
    const program = fileURLToPath(new URL('./child.ts', import.meta.url));
    const child = spawn(
      process.execPath,
      ['-C', 'source', '--no-warnings', program, JSON.stringify(order)],
      { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
    );
    const timers = [
      setTimeout(() => {
        this.#problems.push(`a process hung for ${CHILD_MS_MAX} ms`);
        child.kill('SIGKILL');
      }, CHILD_MS_MAX),
    ];
    let through = false;
    let left = times;
    const meet = (event: string): void => {
      if (event !== after || --left !== 0) return;
      timers.push(setTimeout(() => child.kill('SIGKILL'), delayMs));
    };
    meet('start');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as ChildEvent;
      if (said.event === 'through') through = true;
      else if (said.event === 'warning' || said.event === 'failed') {
        this.#problems.push(`${said.event}: ${said.text}`);
      } else if (said.event === 'checkpoint') {
        if (said.checkpoint <= this.#checkpoint) {
          this.#problems.push(`checkpoint ${said.checkpoint} came after ${this.#checkpoint}`);
        }
        this.#checkpoint = said.checkpoint;
      }
      meet(said.event);
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    for (const timer of timers) clearTimeout(timer);
    if (code !== null && !(code === 0 && through)) this.#problems.push(`exit code ${code}`);
    return through;
  }
}
