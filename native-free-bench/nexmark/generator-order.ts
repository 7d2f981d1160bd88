/**
 * In which order the events of a range arrive.
 *
 * Laws:
 *  1. Over all ranges every event number arrives exactly once.
 *  2. The order is a pure function of the range and the configuration, so that a reader opened anew finds its place.
 *  3. An event that is not delayed is overtaken by none that is not; a delayed one arrives at most `delayMs` of event time late.
 *
 * Within an out-of-order group numbers become ids by Beam's permutation; a group that the end of the events cuts short takes ids of
 * the whole group, as Beam does.
 */

import { shuffledId } from './generator-config.ts';
import type { NexmarkConfig } from './generator-config.ts';
import { JavaRandom } from './generator-random.ts';

/** Gives the id of the i-th event to arrive of the range that begins at `first`. */
export class ArrivalOrder {
  readonly #first: number = 0;
  readonly #groupSize: number = 1;
  /** By arrival: the number within the range; undefined when they arrive by number. */
  readonly #arrivals: Int32Array | undefined;

  constructor(config: NexmarkConfig, first: number, events: number) {
    this.#first = first;
    this.#groupSize = config.outOfOrderGroupSize;
    this.#arrivals = config.delayedShare > 0 ? delayed(config, first, events) : undefined;
  }

  idOf(arrival: number): number {
    const within = this.#arrivals === undefined ? arrival : this.#arrivals[arrival]!;
    return shuffledId(this.#first + within, this.#groupSize);
  }
}

/** Numbers sorted by when they arrive; a delayed one arrives 1 … n places late, within its range. */
function delayed(config: NexmarkConfig, first: number, events: number): Int32Array {
  const places = Math.max(1, Math.floor((config.delayMs * 1000) / config.interEventUs));
  const random = new JavaRandom();
  const due = new Float64Array(events);
  for (let i = 0; i < events; i++) {
    // Another sequence than the one the event itself is drawn from.
    random.seed(-1 - (first + i));
    random.int32();
    const late = random.double() < config.delayedShare ? 1 + random.below(places) : 0;
    // Half a place later than the event that was on time there.
    due[i] = i + late + (late > 0 ? 0.5 : 0);
  }
  const order = Int32Array.from({ length: events }, (_, i) => i);
  return order.sort((a, b) => due[a]! - due[b]! || a - b);
}
