/** Surroundings of a command for tests: streams that keep what is written, signals sent by hand. */

import type { CliIo, Output, StopSignal } from '../../src/cli/index.ts';

/** One stream. */
export class FakeOutput implements Output {
  text = '';
  isTTY = false;
  columns: number | undefined = undefined;
  rows: number | undefined = undefined;

  write(text: string): void {
    this.text += text;
  }
}

/** See the file header. */
export class FakeIo implements CliIo {
  readonly stdout: FakeOutput = new FakeOutput();
  readonly stderr: FakeOutput = new FakeOutput();
  readonly env: CliIo['env'];
  readonly cwd: string;
  readonly #listeners = new Set<(signal: StopSignal) => void>();

  constructor(cwd: string, env: CliIo['env'] = {}) {
    this.cwd = cwd;
    this.env = env;
  }

  onSignal(listener: (signal: StopSignal) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  readonly capture = (): (() => void) => () => undefined;
}
