/**
 * The contract of a key space: the keys that one keyed operator holds state for, numbered.
 *
 * One look-up per row turns the row's key into a small integer, its *key id*; states, window slices and timers are then
 * indexed by that id, so that no second look-up is needed however many states an operator has.
 *
 * Laws (test/state/key-space.property.test.ts):
 *  1. Equal keys have one id while they are held; different held keys have different ids; ids are below `limit`.
 *  2. A key is held while its count of holders is above 0, and at least until `settle` is called for it. What `settle`
 *     lets go of may be numbered anew for another key.
 *  3. `keyOf` and `hashOf` give the key back for as long as it is held, however it came in: as bytes of either input, as
 *     a value, or from a snapshot.
 *  4. What the account holds is exactly the bytes of the space's arenas and index.
 */

import type { KeyValue } from '../record/index.ts';
import type { KeyChanges } from './key-changes.ts';

/** What look-ups answer for a key that is not held. */
export const NO_KEY = -1;

/**
 * The id of a row's key: an incoming row (a view, or a plain object) and the murmur32 hash of its key
 * (`OperatorContext.current.keyHash`). Hot: one instance per input, with call sites of its own.
 */
export type KeyResolver = (row: unknown, hash: number) => number;

/** The keys of one operator. Owner: the subtask's worker. */
export interface KeySpace {
  /** Keys held. */
  readonly size: number;
  /** All ids are below this; it only grows. Columns by id are at least this long. */
  readonly limit: number;
  /** Bytes accounted. */
  readonly bytes: number;
  /**
   * Which keys changed: resolvers say it of the key that they find, timers of the one that fires. Who changes another key says
   * it first.
   */
  readonly changes: KeyChanges;
  /** Resolver of input `input` that adds keys which are new. @throws ERR_STATE_QUOTA, ERR_STATE_KEY */
  resolver(input: 0 | 1): KeyResolver;
  /** Resolver of input `input` that answers `NO_KEY` for keys which are not held. */
  finder(input: 0 | 1): KeyResolver;
  /** The id of a key value, added when it is new. @throws ERR_STATE_QUOTA, ERR_STATE_KEY */
  intern(key: KeyValue, hash: number): number;
  /** The key as user code sees it. */
  keyOf(id: number): KeyValue;
  /** The words of a key without vectors (key-shape.ts), valid until the next call; missing where keys lie on the heap. */
  readonly wordsOf?: ((id: number) => Int32Array) | undefined;
  /** murmur32 of the key; the key group is this modulo the maximal parallelism. */
  hashOf(id: number): number;
  /** One more state, timer or window slice holds the key. */
  retain(id: number): void;
  /** One less. Nothing is let go of before `settle`. */
  release(id: number): void;
  /** Lets go of the key if nothing holds it; called when the work on a key is over. */
  settle(id: number): void;
  /** The ids held, in no particular order. No key may be added or let go of meanwhile. */
  ids(): IterableIterator<number>;
  /**
   * Copies the key's fields into a row that is being built, for results that carry the key: writes fields `fields` (one for
   * each part of the key) of the plain object `target`.
   */
  project(id: number, target: Record<string, unknown>, fields: readonly string[]): void;
  /** Drops all keys and gives back all bytes. */
  dispose(): void;
}
