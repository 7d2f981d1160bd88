/** Lines out of pieces of bytes as they come from a socket. Pure. */

import { EngineError } from '../base/index.ts';

/** Longest line that is taken, in characters: a message is small, and nobody may fill the memory of the other. */
const LINE_CHARACTERS_MAX = 1 << 20;

/** Law (test/remote/protocol.property.test.ts): however a text is cut into pieces, its lines come out whole and in order. */
export class LineReader {
  readonly #decoder: TextDecoder = new TextDecoder();
  #rest = '';

  /**
   * The lines that end in this piece, without their ends; empty ones are passed over.
   *
   * @throws ERR_REMOTE_MESSAGE a line is longer than any message
   */
  push(piece: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(piece, { stream: true })).split('\n');
    this.#rest = lines.pop()!;
    if (this.#rest.length > LINE_CHARACTERS_MAX) {
      const expected = `a line of at most ${LINE_CHARACTERS_MAX} characters`;
      throw new EngineError('ERR_REMOTE_MESSAGE', { expected, got: `${this.#rest.length} so far` });
    }
    return lines.filter((line) => line.trim() !== '');
  }
}
