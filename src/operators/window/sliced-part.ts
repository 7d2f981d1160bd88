/**
 * Slices as a part of keyed state. For each key: the watermark up to which windows have fired, the slices that hold the key,
 * with their accumulators.
 */

import { deserialize, serialize } from 'node:v8';
import { EngineError } from '../../base/index.ts';
import { NO_WATERMARK } from '../../record/index.ts';
import type { ByteReader, ByteWriter, KeyedPart, PartDescriptor } from '../../state/index.ts';
import type { Accumulators } from '../aggregate/index.ts';
import { PAGE_MASK, PAGE_SHIFT } from './slices.ts';
import type { Slice, Slices } from './slices.ts';

/** What is told of the part's owner. */
export interface SlicedPartHost {
  /** Windows whose last timestamp is at or before this have fired. */
  firedThrough(this: void): number;
  /** Restored keys whose windows had fired further than that. */
  ahead(this: void): ReadonlyMap<number, number>;
  /** A key was read that has fired through here. */
  restored(this: void, id: number, firedThrough: number): void;
  /** The slice that begins there, made when it is not alive. */
  sliceAt(this: void, start: number): Slice;
}

/** Words and heap values as they stand in snapshots. */
export function writeAccumulator(
  accumulators: Accumulators,
  words: Float64Array,
  o: number,
  heap: readonly unknown[] | undefined,
  out: ByteWriter,
): void {
  for (let k = 0; k < accumulators.stride; k++) out.putF64(words[o + k]!);
  if (accumulators.heapCount > 0) out.putBytes(serialize(heap));
}

/** What {@link writeAccumulator} wrote; gives the heap values. */
export function readAccumulator(
  accumulators: Accumulators,
  words: Float64Array,
  o: number,
  source: ByteReader,
): unknown[] | undefined {
  for (let k = 0; k < accumulators.stride; k++) words[o + k] = source.f64();
  return accumulators.heapCount > 0 ? (deserialize(source.bytes()) as unknown[]) : undefined;
}

/** The description of a part that holds accumulators. */
export function accumulatorPart(
  name: string,
  kind: string,
  accumulators: Accumulators,
): PartDescriptor {
  const { heapCount, signature, stride } = accumulators;
  // Words and heap are for those who read snapshots without the operator.
  return { name, kind, types: { accumulators: signature, words: stride, heap: heapCount > 0 } };
}

/** @throws ERR_STATE_SNAPSHOT the accumulators in the snapshot are others */
export function requireSameAccumulators(own: PartDescriptor, from: PartDescriptor): void {
  const expected = JSON.stringify(own.types['accumulators']);
  const got = JSON.stringify(from.types['accumulators']);
  if (expected === got) return;
  throw new EngineError('ERR_STATE_SNAPSHOT', { expected: `aggregates ${expected}`, got });
}

const NONE: ReadonlyMap<number, number> = new Map();

/** The slices of one operator. Owner: the subtask's worker. */
export class SlicedPart implements KeyedPart {
  readonly descriptor: PartDescriptor;
  readonly #slices: Slices;
  readonly #host: SlicedPartHost;
  /** Windows that had fired at the last barrier. */
  #through: number = NO_WATERMARK;
  #ahead: ReadonlyMap<number, number> = NONE;

  constructor(slices: Slices, host: SlicedPartHost) {
    this.#slices = slices;
    this.#host = host;
    this.descriptor = accumulatorPart('windows', 'slices', slices.accumulators);
  }

  clock(): number {
    return this.#host.firedThrough();
  }

  beginSnapshot(): void {
    this.#through = this.#host.firedThrough();
    const ahead = this.#host.ahead();
    this.#ahead = ahead.size === 0 ? NONE : new Map(ahead);
  }

  has(id: number): boolean {
    const { live } = this.#slices;
    for (let i = 0; i < live.length; i++) if (this.#holds(live[i]!, id)) return true;
    return false;
  }

  write(id: number, out: ByteWriter): void {
    const { accumulators, live } = this.#slices;
    out.putF64(Math.max(this.#through, this.#ahead.get(id) ?? NO_WATERMARK));
    const countAt = out.length;
    out.putI32(0);
    let count = 0;
    for (let i = 0; i < live.length; i++) {
      const slice = live[i]!;
      if (!this.#holds(slice, id)) continue;
      const { start, pages, heaps } = slice;
      out.putF64(start);
      const o = (id & PAGE_MASK) * accumulators.stride;
      writeAccumulator(accumulators, pages[id >>> PAGE_SHIFT]!, o, heaps[id], out);
      count++;
    }
    out.patchI32(countAt, count);
  }

  read(id: number, source: ByteReader, from: PartDescriptor): void {
    requireSameAccumulators(this.descriptor, from);
    const { accumulators } = this.#slices;
    this.#host.restored(id, Math.max(source.f64(), from.clock ?? NO_WATERMARK));
    const count = source.i32();
    for (let i = 0; i < count; i++) {
      const slice = this.#host.sliceAt(source.f64());
      const page = this.#slices.pageOf(slice, id);
      this.#slices.hold(slice, id);
      const o = (id & PAGE_MASK) * accumulators.stride;
      const heap = readAccumulator(accumulators, page, o, source);
      if (heap === undefined) continue;
      this.#slices.reserveHeap(
        accumulators.heapBytes(heap) - accumulators.heapBytes(slice.heaps[id]!),
      );
      slice.heaps[id] = heap;
    }
  }

  dispose(): void {
    this.#slices.dispose();
  }

  #holds({ pages }: Slice, id: number): boolean {
    const page = pages[id >>> PAGE_SHIFT];
    return page !== undefined && page[(id & PAGE_MASK) * this.#slices.accumulators.stride] !== 0;
  }
}
