/**
 * A block of lines at the lower end of a terminal that is redrawn in place, with text scrolling above it.
 *
 * A redraw is one write that overwrites line by line and erases only what is left over, so nothing flickers. Control
 * sequences: ECMA-48 CUU, EL, ED.
 */

import type { Output } from './io.ts';
import { textWidth } from './text.ts';

const ESC = '\u001B[';
const ERASE_TO_LINE_END = `${ESC}K`;
const ERASE_BELOW = `${ESC}J`;

/** Owner: one run. The cursor stands on the line below the block between calls. */
export class Screen {
  readonly #terminal: Output;
  #lines: readonly string[] = [];

  constructor(terminal: Output) {
    this.#terminal = terminal;
  }

  /** Replaces the block. Lines must be narrower than the terminal. */
  draw(lines: readonly string[]): void {
    const body = lines.map((line) => `${line}${ERASE_TO_LINE_END}\n`).join('');
    this.#terminal.write(this.#toTop() + body + ERASE_BELOW);
    this.#lines = lines;
  }

  /** Writes whole lines above the block, to either stream of the same terminal. */
  above(output: Output, text: string): void {
    const lines = this.#lines;
    this.clear();
    output.write(text);
    if (lines.length > 0) this.draw(lines);
  }

  /** Removes the block. */
  clear(): void {
    if (this.#lines.length === 0) return;
    this.#terminal.write(this.#toTop() + ERASE_BELOW);
    this.#lines = [];
  }

  /** To the first column of the first line; lines that a terminal made narrower has wrapped count as what they are now. */
  #toTop(): string {
    const columns = this.#terminal.columns ?? 80;
    const height = this.#lines.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns)),
      0,
    );
    return height === 0 ? '\r' : `\r${ESC}${height}A`;
  }
}
