/**
 * When sessions are looked at: lists of slots by pieces of time, linked through the slots themselves.
 *
 * A session stands in the list of the time at which it was to end when it was put there. A row that makes it longer leaves
 * it there; when its list comes up it is put into a later one. So a row costs nothing here, and a session one visit a gap.
 * A session that was merged into another stays in its list, too, and its slot is free when the list comes up.
 *
 * Pieces are shorter than a gap, and two sessions of one key end more than a gap apart: so the sessions of a key come in
 * the order of their ends. Owner: the subtask's worker.
 */

import { SESSION_DUE, SESSION_LINK } from './sessions.ts';
import type { Sessions } from './sessions.ts';

/** Pieces of a gap. */
const PIECES = 32;

/** The slots of one operator by time. */
export class SessionCalendar {
  readonly #sessions: Sessions;
  readonly #pieceMs: number;
  /** First slot + 1 of each piece, by its number from `#base` on. */
  readonly #heads: Map<number, number> = new Map();
  /** Numbers of the pieces in use, rising. */
  readonly #pieces: number[] = [];
  /** The piece that counts as 0: small numbers are cheap keys. */
  #base = Number.NaN;

  constructor(sessions: Sessions, gapMs: number) {
    this.#sessions = sessions;
    this.#pieceMs = Math.max(1, Math.floor(gapMs / PIECES));
  }

  /** Puts a slot, which is in no list, into the one of `due`. */
  put(slot: number, due: number): void {
    const { slots } = this.#sessions;
    const piece = this.pieceOf(due);
    const head = this.#heads.get(piece) ?? 0;
    if (head === 0) {
      const pieces = this.#pieces;
      let place = pieces.length;
      while (place > 0 && pieces[place - 1]! > piece) place--;
      pieces.splice(place, 0, piece);
    }
    slots.set(slot, SESSION_DUE, due);
    slots.set(slot, SESSION_LINK, head);
    this.#heads.set(piece, slot + 1);
  }

  /** Number of the piece that a time is in. */
  pieceOf(time: number): number {
    const piece = Math.floor(time / this.#pieceMs);
    if (Number.isNaN(this.#base)) this.#base = piece;
    return piece - this.#base;
  }

  /** The first piece in use up to `last`, or NaN. */
  firstPiece(last: number): number {
    const pieces = this.#pieces;
    return pieces.length > 0 && pieces[0]! <= last ? pieces[0]! : Number.NaN;
  }

  /** Takes the list of the first piece out; its first slot + 1. The others follow by their links. */
  takeFirst(): number {
    const piece = this.#pieces.shift()!;
    const head = this.#heads.get(piece)!;
    this.#heads.delete(piece);
    return head;
  }
}
