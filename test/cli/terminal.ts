/** A terminal as far as the screen uses one: lines that scroll, CUU, EL and ED; characters are one column wide. */

import type { Output } from '../../src/cli/index.ts';

const SEQUENCE_OR_CHARACTER = new RegExp(`${String.fromCharCode(27)}\\[\\d*[A-Za-z]|.`, 'gsu');

/** Interprets what is written to it. */
export class FakeTerminal implements Output {
  readonly isTTY = true;
  columns = 0;
  readonly rows: number;
  /** All lines, scrolled ones included. */
  readonly lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  /** What stands there, without trailing blanks. */
  get text(): string {
    return this.lines.map((line) => line.trimEnd()).join('\n');
  }

  write(text: string): void {
    // Colors do not move the cursor; only what does is interpreted.
    for (const [piece] of text.matchAll(SEQUENCE_OR_CHARACTER)) {
      if (piece.length > 1) this.#control(piece);
      else this.#put(piece);
    }
  }

  #control(sequence: string): void {
    const count = Number(/\d+/.exec(sequence)?.[0] ?? '1');
    switch (sequence.at(-1) ?? '') {
      case 'A': {
        const top = Math.max(0, this.lines.length - this.rows);
        this.#row = Math.max(top, this.#row - count);
        break;
      }
      case 'K':
        this.lines[this.#row] = this.lines[this.#row]!.slice(0, this.#column);
        break;
      case 'J':
        this.lines[this.#row] = this.lines[this.#row]!.slice(0, this.#column);
        this.lines.length = this.#row + 1;
        break;
      case 'm':
        break;
      default:
        throw new Error(`unknown sequence ${JSON.stringify(sequence)}`);
    }
  }

  #put(character: string): void {
    if (character === '\r') this.#column = 0;
    else if (character === '\n') this.#newLine();
    else {
      if (this.#column === this.columns) this.#newLine();
      const line = this.lines[this.#row]!.padEnd(this.#column);
      this.lines[this.#row] =
        line.slice(0, this.#column) + character + line.slice(this.#column + 1);
      this.#column++;
    }
  }

  #newLine(): void {
    this.#row++;
    this.#column = 0;
    if (this.#row === this.lines.length) this.lines.push('');
  }
}
