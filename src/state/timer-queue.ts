/**
 * The timers of one keyed operator in one time domain, off-heap; the laws are in timer-service.ts.
 *
 * Registering, deleting and firing cost a constant, whether the times are all different or one for all keys. A timer that
 * may be there already is appended without looking for it; its copies are told apart later, many at once.
 */

import type { ByteReader, ByteWriter } from './byte-stream.ts';
import type { KeySpace } from './key-space.ts';
import type { PartDescriptor } from './keyed-backend.ts';
import { CapturedTimers } from './captured-timers.ts';
import type { MemoryAccount } from './memory-account.ts';
import type { KeyChanges } from './key-changes.ts';
import { NO_TIMER } from './timer-chunks.ts';
import type { OnTimer, TimerService } from './timer-service.ts';
import { TimerWheel } from './timer-wheel.ts';

/** What a service is made of. */
export interface TimerServiceOptions {
  /** Name of the part in snapshots, such as `event-timers`. */
  readonly name: string;
  readonly keys: Pick<KeySpace, 'limit' | 'retain' | 'release'> & {
    readonly changes: Pick<KeyChanges, 'touch'>;
  };
  readonly account: MemoryAccount;
}

/**
 * A service without timers; register it with the operator's backend.
 *
 * @example
 * const timers = createTimerService({ name: 'timers', keys: backend.keys, account: context.memory });
 * backend.register(timers);
 * timers.register(id, windowEnd, windowEnd - 1);
 * timers.advance(watermark, 1024, (id, namespace, time) => fire(id, namespace));
 */
export function createTimerService(options: TimerServiceOptions): TimerService {
  return new TimerQueue(options);
}

class TimerQueue implements TimerService {
  readonly descriptor: PartDescriptor;
  readonly #keys: TimerServiceOptions['keys'];
  readonly #account: MemoryAccount;
  readonly #onCopy: (id: number) => void;
  /** Made with the first timer. */
  #wheel: TimerWheel | undefined = undefined;
  /** Of the snapshot that is being written. */
  #captured: CapturedTimers | undefined = undefined;
  /** First timer by key id, while no timer came or went since it was built. */
  #chains: Int32Array | undefined = undefined;

  constructor({ name, keys, account }: TimerServiceOptions) {
    this.descriptor = { name, kind: 'timers', types: {} };
    this.#keys = keys;
    this.#account = account;
    this.#onCopy = (id) => keys.release(id);
  }

  get size(): number {
    const wheel = this.#wheel;
    if (wheel === undefined) return 0;
    wheel.settle();
    return wheel.size;
  }

  get next(): number {
    return this.#wheel === undefined ? Infinity : this.#wheel.nextTime();
  }

  register(id: number, namespace: number, time: number): void {
    this.#wheel ??= new TimerWheel(this.#account, this.#onCopy);
    if (!this.#wheel.add(id, namespace, time)) return;
    this.#keys.retain(id);
    this.#chains = undefined;
  }

  delete(id: number, namespace: number, time: number): void {
    const wheel = this.#wheel;
    if (wheel === undefined) return;
    for (let left = wheel.remove(id, namespace, time); left > 0; left--) this.#gone(id);
  }

  advance(time: number, max: number, onTimer: OnTimer): boolean {
    const wheel = this.#wheel;
    if (wheel === undefined) return true;
    const { chunks } = wheel.places;
    for (let fired = 0; ; fired++) {
      const ref = wheel.first(time);
      if (ref === NO_TIMER) return true;
      if (fired === max) return false;
      const id = chunks.idOf(ref);
      const namespace = chunks.namespaceOf(ref);
      const due = chunks.timeOf(ref);
      this.#keys.changes.touch(id);
      wheel.takeFirst(ref);
      this.#gone(id);
      onTimer(id, namespace, due);
    }
  }

  has(id: number): boolean {
    const captured = this.#captured;
    if (captured !== undefined) return captured.has(id);
    this.#chains ??= this.#buildChains();
    return (this.#chains[id] ?? NO_TIMER) !== NO_TIMER;
  }

  /** Timers come and go in many places: those of the keys that will be written are put aside at once. */
  capture(wanted: (id: number) => boolean): void {
    this.#captured = new CapturedTimers(this.#keys.limit);
    const wheel = this.#wheel;
    if (wheel === undefined) return;
    wheel.settle();
    const { chunks } = wheel.places;
    const captured = this.#captured;
    wheel.forEach((ref) => {
      const id = chunks.idOf(ref);
      if (wanted(id)) captured.add(id, chunks.namespaceOf(ref), chunks.timeOf(ref));
    });
  }

  endSnapshot(): void {
    this.#captured = undefined;
  }

  write(id: number, out: ByteWriter): void {
    if (this.#captured !== undefined) {
      this.#captured.write(id, out);
      return;
    }
    this.#chains ??= this.#buildChains();
    const { chunks } = this.#wheel!.places;
    const countAt = out.length;
    out.putI32(0);
    let count = 0;
    for (let ref = this.#chains[id]!; ref !== NO_TIMER; ref = chunks.chainOf(ref)) {
      out.putF64(chunks.namespaceOf(ref));
      out.putF64(chunks.timeOf(ref));
      count++;
    }
    out.patchI32(countAt, count);
  }

  read(id: number, source: ByteReader): void {
    for (let left = source.i32(); left > 0; left--) {
      const namespace = source.f64();
      this.register(id, namespace, source.f64());
    }
  }

  dispose(): void {
    this.#wheel?.dispose();
    this.#wheel = undefined;
    this.#chains = undefined;
  }

  #gone(id: number): void {
    this.#keys.release(id);
    this.#chains = undefined;
  }

  /** Links the timers of each key; those of one time stay in the order of registration. */
  #buildChains(): Int32Array {
    const first = new Int32Array(this.#keys.limit);
    const wheel = this.#wheel;
    if (wheel === undefined) return first;
    wheel.settle();
    const { chunks } = wheel.places;
    const last = new Int32Array(this.#keys.limit);
    wheel.forEach((ref) => {
      const id = chunks.idOf(ref);
      chunks.setChain(ref, NO_TIMER);
      if (first[id] === NO_TIMER) first[id] = ref;
      else chunks.setChain(last[id]!, ref);
      last[id] = ref;
    });
    return first;
  }
}
