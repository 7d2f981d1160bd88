/**
 * Apache Flink as a peer of the Nexmark benchmarks: one JVM that stays up for many runs, so that runs can be interleaved with ours
 * once both are warm.
 *
 * What is the same on both sides: the events (compared by md5), the rows of the result (compared by checksum), parallelism, time
 * semantics (watermark 4 s behind), no checkpoints. What is not: the queries are SQL, q6 excepted; q10 ends in the checksum instead
 * of files; ties of winning bids go to the first to arrive; q12 loses the windows that are open when the input ends.
 */

import { execFile, spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';

/** What to run. */
export interface FlinkCommand {
  /** `q0` … `q23`. */
  readonly query: string;
  readonly events: number;
  /** Default 1. */
  readonly parallelism?: number;
  /** Whether aggregations gather rows, 50,000 or 2 s of them, and aggregate in two phases; default false. */
  readonly miniBatch?: boolean;
  /** Whether distinct counts are split over subtasks by a second key; default false. */
  readonly splitDistinct?: boolean;
  /** Whether operators hand rows on without copying; default true. */
  readonly objectReuse?: boolean;
  /** Whether events are made while the clock runs instead of before; default false. */
  readonly withGenerator?: boolean;
  readonly outOfOrderGroupSize?: number;
  /** Events per second of event time; default 10,000. */
  readonly rate?: number;
}

/** What a run gave. */
export interface FlinkAnswer {
  readonly query: string;
  /** Rows of the final table. */
  readonly rows: number;
  /** As `TableChecksum.value` gives it. */
  readonly checksum: string;
  /** From the first row of a source to the last of a sink: without planning and deployment. */
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Of the whole JVM in that time, its compiler and garbage collector included. */
  readonly cpuSeconds: number;
}

/** What must agree with our side: see `SelfTest.java`. */
export interface FlinkSelfTest {
  /** Checksums of the rows of `nexmark-checksum.test.ts`. */
  readonly vectors: readonly string[];
  /** Checksum of all columns of all events. */
  readonly checksum: string;
  /** md5 of the events' numbers in their text form. */
  readonly md5: string;
}

/** A running peer. */
export interface FlinkPeer {
  readonly kind: 'running';
  /** Runs a query; one at a time. @throws Error with what Flink said */
  run(command: FlinkCommand): Promise<FlinkAnswer>;
  selfTest(events: number): Promise<FlinkSelfTest>;
  /** Ends the JVM. */
  close(): Promise<void>;
}

/** Why there is no peer. */
export interface FlinkMissing {
  readonly kind: 'missing';
  readonly reason: string;
}

/** How to start it. */
export interface FlinkOptions {
  /** Heap of the JVM; events made before take some 400 bytes each. Default 4,096. */
  readonly heapMb?: number;
  /** CPUs to pin it to, as `taskset -c` takes them. */
  readonly cpus?: string;
}

const FOLDER = join(import.meta.dirname, 'flink');
const BUILD_TIMEOUT_MS = 600_000;
/** What Flink reaches into reflectively. */
const OPENED = [
  'lang',
  'lang.reflect',
  'net',
  'io',
  'nio',
  'text',
  'time',
  'util',
  'util.concurrent',
]
  .map((name) => `java.base/java.${name}`)
  .concat('java.base/sun.nio.ch', 'java.base/java.util.concurrent.atomic');

/**
 * Builds the peer if its sources are newer than what was built, and starts it.
 *
 * @returns the reason when Java 17 or Maven is missing, or the build fails; never throws
 * @example
 * const flink = await startFlink({ heapMb: 4096 });
 * if (flink.kind === 'running') { console.log(await flink.run({ query: 'q5', events: 1_000_000 })); await flink.close(); }
 */
export async function startFlink(options: FlinkOptions = {}): Promise<FlinkPeer | FlinkMissing> {
  const version = await output('java', ['-version']);
  if (version === undefined) return missing('there is no java');
  const major = Number(/version "(\d+)/.exec(version)?.[1]);
  if (!(major >= 17)) return missing(`expected Java 17 or newer, got ${version.split('\n')[0]}`);
  if (!isBuilt()) {
    if ((await output('mvn', ['-v'])) === undefined) {
      return missing('it is not built, and there is no mvn');
    }
    try {
      await promisify(execFile)('mvn', ['-q', '-B', 'package'], {
        cwd: FOLDER,
        timeout: BUILD_TIMEOUT_MS,
        maxBuffer: 1 << 26,
      });
    } catch (error) {
      return missing(
        `its build failed: ${lastLines((error as { stdout?: string }).stdout ?? String(error))}`,
      );
    }
  }
  return new Peer(options);
}

class Peer implements FlinkPeer {
  readonly kind = 'running';
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #ended: Promise<void>;
  #errors = '';
  #waiting: { resolve(line: string): void; reject(error: Error): void } | undefined = undefined;
  #over: Error | undefined = undefined;

  constructor({ heapMb = 4096, cpus }: FlinkOptions) {
    const java = [
      'java',
      `-Xms${heapMb}m`,
      `-Xmx${heapMb}m`,
      ...OPENED.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
      '-cp',
      `${join(FOLDER, 'target', 'classes')}:${join(FOLDER, 'target', 'lib', '*')}`,
      'millrace.nexmark.Main',
    ];
    const [command, ...args] = cpus === undefined ? java : ['taskset', '-c', cpus, ...java];
    const child = spawn(command!, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process = child;
    createInterface({ input: child.stdout }).on('line', (line) => this.#settle(line));
    child.stderr.on('data', (data: Buffer) => {
      this.#errors = (this.#errors + data.toString()).slice(-8192);
    });
    // A write to a JVM that has died is told by its exit.
    child.stdin.on('error', () => undefined);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    const end = (reason: string): void => {
      this.#over ??= new Error(`Flink's JVM ${reason}: ${lastLines(this.#errors)}`);
      this.#waiting?.reject(this.#over);
      this.#waiting = undefined;
      resolve();
    };
    child.on('error', (error) => end(`did not start, ${error.message}`));
    child.on('close', (code, signal) => end(`ended with ${signal ?? `code ${code}`}`));
  }

  run(command: FlinkCommand): Promise<FlinkAnswer> {
    return this.#ask<FlinkAnswer>(command);
  }

  selfTest(events: number): Promise<FlinkSelfTest> {
    return this.#ask<FlinkSelfTest>({ query: 'self-test', events });
  }

  async close(): Promise<void> {
    this.#process.stdin.end();
    await this.#ended;
  }

  async #ask<A>(command: FlinkCommand): Promise<A> {
    if (this.#over !== undefined) throw this.#over;
    if (this.#waiting !== undefined) throw new Error('Flink runs one command at a time');
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#waiting = { resolve, reject };
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    const answer = JSON.parse(await promise) as A & { readonly error?: string };
    if (answer.error !== undefined) throw new Error(`Flink, ${command.query}: ${answer.error}`);
    return answer;
  }

  #settle(line: string): void {
    this.#waiting?.resolve(line);
    this.#waiting = undefined;
  }
}

function missing(reason: string): FlinkMissing {
  return { kind: 'missing', reason };
}

/** Whether the classes and libraries are there, and no source is newer. */
function isBuilt(): boolean {
  const jar = join(FOLDER, 'target', 'nexmark-flink-1.jar');
  if (!existsSync(jar) || !existsSync(join(FOLDER, 'target', 'lib'))) return false;
  const builtMs = statSync(jar).mtimeMs;
  const sources = readdirSync(join(FOLDER, 'src'), { recursive: true, encoding: 'utf8' });
  return [join(FOLDER, 'pom.xml'), ...sources.map((name) => join(FOLDER, 'src', name))].every(
    (path) => statSync(path).mtimeMs <= builtMs,
  );
}

/** What a program says, on both of its outputs; undefined when it is not there. */
async function output(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, [...args], { timeout: 30_000 });
    return stdout + stderr;
  } catch {
    return undefined;
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-8).join('\n');
}
