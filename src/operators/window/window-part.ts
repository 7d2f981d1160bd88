/**
 * The open windows of each key, on the heap: what they hold, and what their triggers and functions remember.
 *
 * Laws (test/operators/window/window-part.property.test.ts):
 *  1. The panes of a key are in the order of their ends, which differ; `find` gives the pane of an end, if there is one.
 *  2. A key is retained while it has a pane.
 *  3. What the account holds is the sum of the panes' bytes.
 *
 * Ends differ: windows of one size start apart, cumulative ones of one start end apart, and sessions that touch are one.
 */

import { deserialize, serialize } from 'node:v8';
import { estimateBytes } from '../../state/index.ts';
import type {
  ByteReader,
  ByteWriter,
  KeyedPart,
  KeySpace,
  MemoryAccount,
  PartDescriptor,
} from '../../state/index.ts';
import type { TimeWindow } from './assigner.ts';

/** Pane, its window, its place in the list. */
const PANE_BYTES = 160;
/** A map with one entry. */
const STATE_BYTES = 96;

/** State of a window by name. */
export type NamedState = Map<string, unknown>;

/** One window of one key. `bytes` is the part's to keep. */
export class Pane {
  readonly window: TimeWindow;
  /** What the window's contents keep here: an accumulator, or a list of rows. */
  value: unknown = undefined;
  /** Whether there is anything to fire: a row came, and no purge since. */
  filled = false;
  /** What the trigger remembers. */
  triggerState: NamedState | undefined = undefined;
  /** What the window's function remembers. */
  windowState: NamedState | undefined = undefined;
  /** Whether the trigger deleted its timer at the time of the clean-up, so that only the clean-up is left of it. */
  silenced = false;
  /** Estimate of `value`. */
  valueBytes = 0;
  /** Rows that were folded here, since a restore. */
  folded = 0;
  /** At so many the accumulator's size is looked at. */
  lookAt = 1;
  bytes: number = PANE_BYTES;

  constructor(window: TimeWindow) {
    this.window = window;
  }
}

/** What a pane is in a snapshot. */
type PaneImage = readonly [
  start: number,
  end: number,
  filled: boolean,
  value: unknown,
  triggerState: NamedState | undefined,
  windowState: NamedState | undefined,
  silenced: boolean,
];

const NO_PANES: readonly Pane[] = [];

/** All panes of one operator. Owner: the subtask's worker. */
export class WindowPart implements KeyedPart {
  readonly descriptor: PartDescriptor = { name: 'windows', kind: 'windows', types: {} };
  readonly #keys: KeySpace;
  readonly #account: MemoryAccount;
  /** By key id. */
  readonly #panes: (Pane[] | undefined)[] = [];
  #bytes = 0;

  constructor(keys: KeySpace, account: MemoryAccount) {
    this.#keys = keys;
    this.#account = account;
  }

  /** The panes of a key in the order of their ends; not to be changed. */
  panesOf(id: number): readonly Pane[] {
    return this.#panes[id] ?? NO_PANES;
  }

  /** Place of the first pane of a key whose end is ≥ `end`. */
  placeOf(id: number, end: number): number {
    const panes = this.panesOf(id);
    let low = 0;
    let high = panes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (panes[middle]!.window.end < end) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The pane of a key whose window ends at `end`. */
  find(id: number, end: number): Pane | undefined {
    const pane = this.panesOf(id)[this.placeOf(id, end)];
    return pane?.window.end === end ? pane : undefined;
  }

  /** A new pane in the place of `removed` others, which go. @throws ERR_STATE_QUOTA */
  replace(id: number, place: number, removed: number, window: TimeWindow): Pane {
    this.#reserve(PANE_BYTES);
    const pane = new Pane(window);
    const panes = this.#panes[id];
    if (panes === undefined) {
      this.#keys.retain(id);
      while (this.#panes.length < id) this.#panes.push(undefined);
      this.#panes[id] = [pane];
      return pane;
    }
    for (const gone of panes.splice(place, removed, pane)) this.#reserve(-gone.bytes);
    return pane;
  }

  remove(id: number, pane: Pane): void {
    const panes = this.#panes[id]!;
    panes.splice(panes.indexOf(pane), 1);
    this.#reserve(-pane.bytes);
    if (panes.length > 0) return;
    this.#panes[id] = undefined;
    this.#keys.release(id);
  }

  /** Notes that the pane's value is now about so large. @throws ERR_STATE_QUOTA */
  resize(pane: Pane, valueBytes: number): void {
    if (valueBytes === pane.valueBytes) return;
    this.grow(pane, valueBytes - pane.valueBytes);
    pane.valueBytes = valueBytes;
  }

  /** Notes so many bytes more of a pane's state. @throws ERR_STATE_QUOTA */
  grow(pane: Pane, bytes: number): void {
    this.#reserve(bytes);
    pane.bytes += bytes;
  }

  has(id: number): boolean {
    return this.#panes[id] !== undefined;
  }

  write(id: number, out: ByteWriter): void {
    const images = this.panesOf(id).map((pane): PaneImage => [
      pane.window.start,
      pane.window.end,
      pane.filled,
      pane.value,
      pane.triggerState,
      pane.windowState,
      pane.silenced,
    ]);
    out.putBytes(serialize(images));
  }

  read(id: number, source: ByteReader): void {
    const images = deserialize(source.bytes()) as readonly PaneImage[];
    for (const [start, end, filled, value, triggerState, windowState, silenced] of images) {
      const pane = this.replace(id, this.panesOf(id).length, 0, Object.freeze({ start, end }));
      pane.filled = filled;
      pane.value = value;
      pane.triggerState = triggerState;
      pane.windowState = windowState;
      pane.silenced = silenced;
      this.resize(pane, estimateBytes(value));
      this.grow(pane, namedBytes(triggerState) + namedBytes(windowState));
    }
  }

  dispose(): void {
    this.#panes.length = 0;
    this.#reserve(-this.#bytes);
  }

  #reserve(bytes: number): void {
    this.#account.reserve(bytes);
    this.#bytes += bytes;
  }
}

/** Bytes of one value of named state, with its entry. */
export function entryBytes(value: unknown): number {
  return STATE_BYTES + estimateBytes(value);
}

/** Bytes of state by name. */
export function namedBytes(state: NamedState | undefined): number {
  let bytes = 0;
  for (const value of state?.values() ?? []) bytes += entryBytes(value);
  return bytes;
}
