/**
 * Answers of a lookup by key: at most so many, for at most so long, the least recently used goes first.
 *
 * Law (test/operators/join/joins.test.ts): `get` gives what `set` gave for an equal key less than `ttlMs` ago, unless
 * `size` other keys were used since.
 */

import type { KeyValue } from '../../record/index.ts';
import { normalKey } from '../../state/index.ts';
import type { NormalKey } from '../../state/index.ts';

interface Entry {
  readonly rows: readonly unknown[];
  readonly untilMs: number;
}

/** Owner: the subtask's worker. A `Map` keeps the order of insertion, which is that of use: a hit is inserted anew. */
export class LookupCache {
  readonly #operator: string;
  readonly #size: number;
  readonly #ttlMs: number;
  readonly #entries: Map<NormalKey, Entry> = new Map();

  /**
   * @param operator name, for errors
   * @param ttlMs milliseconds > 0, `Infinity` for no limit
   */
  constructor(operator: string, size: number, ttlMs: number) {
    this.#operator = operator;
    this.#size = size;
    this.#ttlMs = ttlMs;
  }

  get(key: KeyValue, nowMs: number): readonly unknown[] | undefined {
    const normal = normalKey(key, this.#operator);
    const entry = this.#entries.get(normal);
    if (entry === undefined) return undefined;
    this.#entries.delete(normal);
    if (entry.untilMs <= nowMs) return undefined;
    this.#entries.set(normal, entry);
    return entry.rows;
  }

  set(key: KeyValue, rows: readonly unknown[], nowMs: number): void {
    const normal = normalKey(key, this.#operator);
    this.#entries.delete(normal);
    this.#entries.set(normal, { rows, untilMs: nowMs + this.#ttlMs });
    if (this.#entries.size <= this.#size) return;
    const [oldest] = this.#entries.keys();
    this.#entries.delete(oldest!);
  }
}
