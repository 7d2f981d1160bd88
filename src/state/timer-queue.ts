/**
 * The timers of one keyed operator in one time domain, off-heap; the laws are in timer-service.ts.
 *
 * An index over (key id, namespace, time) keeps each timer once, a wheel keeps them in order. Registering, deleting and
 * firing cost a constant, whether the times are all different or one for all keys.
 */

import type { ByteReader, ByteWriter } from './byte-stream.ts';
import { KeyIndex, SPREAD } from './key-index.ts';
import type { KeySpace } from './key-space.ts';
import type { PartDescriptor } from './keyed-backend.ts';
import type { MemoryAccount } from './memory-account.ts';
import { NO_TIMER, TimerArena } from './timer-arena.ts';
import type { OnTimer, TimerService } from './timer-service.ts';
import { TimerWheel } from './timer-wheel.ts';

/** What a service is made of. */
export interface TimerServiceOptions {
  /** Name of the part in snapshots, such as `event-timers`. */
  readonly name: string;
  readonly keys: Pick<KeySpace, 'limit' | 'retain' | 'release'>;
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
  readonly #arena: TimerArena;
  readonly #index: KeyIndex;
  readonly #wheel: TimerWheel;
  #size = 0;
  /** First timer by key id, while no timer came or went since it was built. */
  #chains: Int32Array | undefined = undefined;

  constructor({ name, keys, account }: TimerServiceOptions) {
    this.descriptor = { name, kind: 'timers', types: {} };
    this.#keys = keys;
    this.#arena = new TimerArena(account);
    this.#index = new KeyIndex(account);
    this.#wheel = new TimerWheel(this.#arena);
  }

  get size(): number {
    return this.#size;
  }

  get next(): number {
    const ref = this.#wheel.first(Infinity);
    return ref === NO_TIMER ? Infinity : this.#arena.timeOf(ref);
  }

  register(id: number, namespace: number, time: number): void {
    const hash = hashOf(id, namespace, time);
    if (this.#find(id, namespace, time, hash) !== NO_TIMER) return;
    this.#index.prepare(hash);
    const ref = this.#arena.allocate(id, namespace, time);
    this.#index.insert(hash, ref);
    this.#wheel.add(ref);
    this.#keys.retain(id);
    this.#size++;
    this.#chains = undefined;
  }

  delete(id: number, namespace: number, time: number): void {
    const hash = hashOf(id, namespace, time);
    const ref = this.#find(id, namespace, time, hash);
    if (ref !== NO_TIMER) this.#remove(ref, id, hash);
  }

  advance(time: number, max: number, onTimer: OnTimer): boolean {
    const arena = this.#arena;
    const wheel = this.#wheel;
    for (let fired = 0; ; fired++) {
      const ref = wheel.first(time);
      if (ref === NO_TIMER) return true;
      if (fired === max) return false;
      const id = arena.idOf(ref);
      const namespace = arena.namespaceOf(ref);
      const due = arena.timeOf(ref);
      this.#remove(ref, id, hashOf(id, namespace, due));
      onTimer(id, namespace, due);
    }
  }

  has(id: number): boolean {
    this.#chains ??= this.#buildChains();
    return (this.#chains[id] ?? NO_TIMER) !== NO_TIMER;
  }

  beginSnapshot(): void {
    this.#chains ??= this.#buildChains();
  }

  write(id: number, out: ByteWriter): void {
    this.#chains ??= this.#buildChains();
    const arena = this.#arena;
    const countAt = out.length;
    out.putI32(0);
    let count = 0;
    for (let ref = this.#chains[id]!; ref !== NO_TIMER; ref = arena.chainOf(ref)) {
      out.putF64(arena.namespaceOf(ref));
      out.putF64(arena.timeOf(ref));
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
    this.#arena.dispose();
    this.#index.dispose();
    this.#wheel.clear();
    this.#size = 0;
    this.#chains = undefined;
  }

  #remove(ref: number, id: number, hash: number): void {
    this.#index.remove(hash, ref);
    this.#wheel.remove(ref);
    this.#arena.free(ref);
    this.#keys.release(id);
    this.#size--;
    this.#chains = undefined;
  }

  #find(id: number, namespace: number, time: number, hash: number): number {
    const arena = this.#arena;
    const { directory, shift } = this.#index;
    const spread = Math.imul(hash, SPREAD);
    const entries = directory[(spread >>> 1) >>> shift]!;
    const mask = entries.length - 2;
    for (let i = ((spread ^ (spread >>> 15)) << 1) & mask; ; i = (i + 2) & mask) {
      const ref = entries[i + 1]!;
      if (ref === NO_TIMER) return NO_TIMER;
      if (
        entries[i] === hash &&
        arena.idOf(ref) === id &&
        arena.timeOf(ref) === time &&
        arena.namespaceOf(ref) === namespace
      ) {
        return ref;
      }
    }
  }

  /** Links the timers of each key; those of one time stay in the order of registration. */
  #buildChains(): Int32Array {
    const arena = this.#arena;
    const first = new Int32Array(this.#keys.limit);
    const last = new Int32Array(this.#keys.limit);
    this.#wheel.forEach((ref) => {
      const id = arena.idOf(ref);
      arena.setChain(ref, NO_TIMER);
      if (first[id] === NO_TIMER) first[id] = ref;
      else arena.setChain(last[id]!, ref);
      last[id] = ref;
    });
    return first;
  }
}

/** Spreads many keys that share one time as well as one key with many times. */
function hashOf(id: number, namespace: number, time: number): number {
  let h = Math.imul(id, 0x85ebca6b) ^ (time | 0);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ (namespace | 0);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) ^ Math.floor(time / 2 ** 32);
  h = Math.imul(h ^ (h >>> 16), 0x297a2d39);
  return h ^ (h >>> 15);
}
