/** What is seen of a run while it lives: a block on a terminal, lines elsewhere, or nothing but its output. */

import type { CliIo, Output, StreamName } from './io.ts';
import { progressBlock } from './progress-block.ts';
import { progressLine } from './progress-line.ts';
import type { ProgressState } from './progress-state.ts';
import { Screen } from './screen.ts';
import type { Style } from './style.ts';

/** Output that waits is written at the latest when it has this many characters. */
const PENDING_MAX = 64 * 1024;
const BLOCK_INTERVAL_MS = 250;
const LINE_INTERVAL_MS = 2000;
/** A block smaller than this says nothing. */
const BLOCK_ROWS_MIN = 5;

/** See the file header. */
export interface RunView {
  /** Milliseconds between two calls of `refresh`; undefined: none is wanted. */
  readonly intervalMs: number | undefined;
  refresh(progress: ProgressState): void;
  /** What the job or its module writes; any pieces of lines. */
  output(stream: StreamName, text: string): void;
  /** Removes the block, writes what waits. The view is not used after. */
  close(): void;
}

/** The view that fits the streams. */
export function runView(
  io: Pick<CliIo, 'stdout' | 'stderr' | 'env'>,
  style: Style,
  options: { readonly quiet: boolean; readonly json: boolean },
): RunView {
  // One document on standard output: what the job prints goes to the other.
  const outputs = { stdout: options.json ? io.stderr : io.stdout, stderr: io.stderr };
  if (options.quiet) return new PlainView(outputs, undefined);
  const drawable =
    io.stderr.isTTY && io.env['TERM'] !== 'dumb' && (io.stderr.rows ?? 24) > BLOCK_ROWS_MIN;
  return drawable ? new BlockView(outputs, style) : new PlainView(outputs, LINE_INTERVAL_MS);
}

type Outputs = Readonly<Record<StreamName, Output>>;

/**
 * Gathers pieces of output into few writes: a system call per row would be the slowest part of many jobs. What was gathered is
 * written on the next turn of the event loop, so a person waits for nothing.
 */
class Gatherer {
  readonly #write: (stream: StreamName, text: string) => void;
  readonly #pending: Record<StreamName, string> = { stdout: '', stderr: '' };
  #timer: NodeJS.Immediate | undefined = undefined;

  constructor(write: (stream: StreamName, text: string) => void) {
    this.#write = write;
  }

  add(stream: StreamName, text: string): void {
    this.#pending[stream] += text;
    if (this.#pending[stream].length > PENDING_MAX) this.#flush(stream);
    else this.#timer ??= setImmediate(() => this.flush());
  }

  flush(): void {
    clearImmediate(this.#timer);
    this.#timer = undefined;
    this.#flush('stdout');
    this.#flush('stderr');
  }

  #flush(stream: StreamName): void {
    const text = this.#pending[stream];
    if (text === '') return;
    this.#pending[stream] = '';
    this.#write(stream, text);
  }
}

/** Lines of progress on standard error, or none. */
class PlainView implements RunView {
  readonly intervalMs: number | undefined;
  readonly #outputs: Outputs;
  readonly #gatherer: Gatherer;

  constructor(outputs: Outputs, intervalMs: number | undefined) {
    this.intervalMs = intervalMs;
    this.#outputs = outputs;
    this.#gatherer = new Gatherer((stream, text) => outputs[stream].write(text));
  }

  refresh(progress: ProgressState): void {
    this.#outputs.stderr.write(`${progressLine(progress)}\n`);
  }

  output(stream: StreamName, text: string): void {
    this.#gatherer.add(stream, text);
  }

  close(): void {
    this.#gatherer.flush();
  }
}

/** A block on the terminal of standard error. */
class BlockView implements RunView {
  readonly intervalMs: number = BLOCK_INTERVAL_MS;
  readonly #outputs: Outputs;
  readonly #style: Style;
  readonly #screen: Screen;
  readonly #gatherer: Gatherer;
  /** The unfinished line of each stream: a block can only stand below whole lines. */
  readonly #rest: Record<StreamName, string> = { stdout: '', stderr: '' };

  constructor(outputs: Outputs, style: Style) {
    this.#outputs = outputs;
    this.#style = style;
    this.#screen = new Screen(outputs.stderr);
    this.#gatherer = new Gatherer((stream, text) => this.#write(stream, text));
  }

  refresh(progress: ProgressState): void {
    const { columns = 80, rows = 24 } = this.#outputs.stderr;
    // One column less: a character in the last one makes some terminals begin a new line.
    const size = { columns: columns - 1, rows: rows - 1 };
    this.#screen.draw(progressBlock(progress, this.#style, size));
  }

  output(stream: StreamName, text: string): void {
    this.#gatherer.add(stream, text);
  }

  close(): void {
    this.#gatherer.flush();
    this.#screen.clear();
    for (const stream of ['stdout', 'stderr'] as const) {
      if (this.#rest[stream] !== '') this.#outputs[stream].write(this.#rest[stream]);
    }
  }

  #write(stream: StreamName, text: string): void {
    const output = this.#outputs[stream];
    if (!output.isTTY) {
      output.write(text);
      return;
    }
    const all = this.#rest[stream] + text;
    const end = all.lastIndexOf('\n') + 1;
    this.#rest[stream] = all.slice(end);
    if (end > 0) this.#screen.above(output, all.slice(0, end));
  }
}
