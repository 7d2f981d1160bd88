/**
 * The doorbell of a worker: where it sleeps when it has nothing to do, and what others ring when they gave it something.
 *
 * Two Int32 words, 128 bytes apart: PARKED (1 while the owner is about to sleep or sleeps) and SEQUENCE (grows when rung).
 *
 *     owner:    arm: PARKED = 1; s = SEQUENCE     look at every input again     none? sleep while SEQUENCE is s     PARKED = 0
 *     others:   publish                           PARKED is 1?                  then SEQUENCE += 1, wake
 *
 * Law: a wake-up is never lost. All of these are sequentially consistent. The other thread publishes, then loads PARKED; the
 * owner stores PARKED, then looks at its inputs. One of the two comes second and sees the other's store: either the owner
 * finds the input, or the other thread finds PARKED and raises SEQUENCE. If it raised SEQUENCE before the owner read s, then
 * its publication came before the owner's look, which finds it; if after, the owner's wait sees a SEQUENCE that is not s and
 * returns at once, or is woken.
 *
 * The ringer takes PARKED down itself (`exchange`), so of several ringers one pays for the notify. That the others skip it is
 * safe: SEQUENCE is raised after the owner armed, so the owner will wake, and looks at everything before it sleeps again.
 * Tested with real threads in test/exchange/ring.stress.test.ts.
 */

import { assert } from '../base/index.ts';
import type { SharedInt32 } from './ring-layout.ts';

const PARKED_WORD = 0;
const SEQUENCE_WORD = 32;
const DOORBELL_BYTES = 256;

/** Allocates the words of a doorbell; crosses threads by `postMessage`. */
export function createDoorbell(): SharedArrayBuffer {
  return new SharedArrayBuffer(DOORBELL_BYTES);
}

/**
 * One thread's handle on a doorbell. `ring`: any thread. Everything else: the owner worker only.
 *
 * @example
 * bell.arm();
 * if (anythingToDo()) bell.disarm();
 * else bell.park(50);
 */
export class Doorbell {
  readonly #words: SharedInt32;
  #sequence = 0;
  #armed = false;
  /** Times this handle slept, and times it woke another thread. */
  parks = 0;
  rings = 0;

  /** @param words from {@link createDoorbell} */
  constructor(words: SharedArrayBuffer) {
    this.#words = new Int32Array(words);
  }

  /** Wakes the owner if it sleeps or is about to; call it after publishing. One atomic load when it does not. */
  ring(): void {
    const words = this.#words;
    // Observes whether the owner armed; comes after the caller's publication.
    if (Atomics.load(words, PARKED_WORD) === 0) return;
    // One of several ringers wins and pays for the wake-up.
    if (Atomics.exchange(words, PARKED_WORD, 0) === 0) return;
    // Makes a wait that has not begun yet return at once.
    Atomics.add(words, SEQUENCE_WORD, 1);
    Atomics.notify(words, SEQUENCE_WORD);
    this.rings++;
  }

  /** Announces that the owner is about to sleep; look at every input after this, then `park` or `disarm`. */
  arm(): void {
    // Publishes the intention before the caller's last look at its inputs.
    Atomics.store(this.#words, PARKED_WORD, 1);
    this.#sequence = Atomics.load(this.#words, SEQUENCE_WORD);
    this.#armed = true;
  }

  /** Takes {@link arm} back. */
  disarm(): void {
    Atomics.store(this.#words, PARKED_WORD, 0);
    this.#armed = false;
  }

  /**
   * Blocks the thread until the bell rings or `timeoutMs` passed. Not on the main thread of a browser; in Node anywhere, but the
   * event loop stands still meanwhile.
   *
   * @returns whether it was rung; false: the time passed
   * @throws ERR_BASE_INVARIANT when not armed
   */
  park(timeoutMs: number): boolean {
    assert(this.#armed, 'a doorbell is armed before parking');
    this.parks++;
    const outcome = Atomics.wait(this.#words, SEQUENCE_WORD, this.#sequence, timeoutMs);
    this.disarm();
    return outcome !== 'timed-out';
  }

  /**
   * The same without blocking the event loop. The pending wait alone does not keep a thread alive; a worker's message port
   * does. To wake the owner from its own event loop (a connector's callback), `ring`.
   *
   * @returns whether it was rung; false: the time passed
   * @throws ERR_BASE_INVARIANT when not armed
   */
  async parkAsync(timeoutMs: number): Promise<boolean> {
    assert(this.#armed, 'a doorbell is armed before parking');
    this.parks++;
    const wait = Atomics.waitAsync(this.#words, SEQUENCE_WORD, this.#sequence, timeoutMs);
    const outcome = wait.async ? await wait.value : wait.value;
    this.disarm();
    return outcome !== 'timed-out';
  }
}
