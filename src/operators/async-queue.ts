/**
 * The order in which answers of asynchronous requests leave: as the rows came, or as the answers came, but never across a
 * watermark.
 *
 * Laws (test/operators/async-queue.property.test.ts):
 *  1. Every request that was added and completed is taken once; a watermark after all requests that were added before it, and
 *     before all that were added after it.
 *  2. `OrderedQueue`: requests are taken in the order in which they were added. `UnorderedQueue`: between two watermarks in the
 *     order in which they were completed.
 *  3. `take` gives what may leave now, or undefined; it never waits for anything that need not be waited for.
 */

/** What a queue needs of a request. */
export interface Queued {
  /** Whether its answer is here; set by `complete`. */
  completed: boolean;
}

/** Requests and watermarks on their way. Owner: the subtask's worker. */
export interface AsyncQueue<R extends Queued> {
  /** Requests that were not taken yet. */
  readonly size: number;
  add(request: R): void;
  /** Watermarks without a request between them are one. */
  addWatermark(watermark: number): void;
  /** The answer of a request that was added is here. */
  complete(request: R): void;
  /** Takes what leaves next: a completed request or a watermark; undefined when nothing may leave. */
  take(): R | number | undefined;
  /** The requests that were not taken yet, in the order in which they were added. */
  requests(): R[];
}

/** First in, first out. */
export class OrderedQueue<R extends Queued> implements AsyncQueue<R> {
  size = 0;
  #elements: (R | number)[] = [];
  /** Elements before it were taken. */
  #first = 0;

  add(request: R): void {
    this.#elements.push(request);
    this.size++;
  }

  addWatermark(watermark: number): void {
    const last = this.#elements.length - 1;
    if (last >= this.#first && typeof this.#elements[last] === 'number') {
      this.#elements[last] = watermark;
    } else this.#elements.push(watermark);
  }

  complete(request: R): void {
    request.completed = true;
  }

  take(): R | number | undefined {
    const element = this.#elements[this.#first];
    if (element === undefined) return undefined;
    if (typeof element !== 'number') {
      if (!element.completed) return undefined;
      this.size--;
    }
    this.#first++;
    if (this.#first * 2 > this.#elements.length + 64) {
      this.#elements = this.#elements.slice(this.#first);
      this.#first = 0;
    }
    return element;
  }

  requests(): R[] {
    return this.#elements.slice(this.#first).filter((element) => typeof element !== 'number');
  }
}

/** Requests between two watermarks. */
class Segment<R> {
  readonly open: Set<R> = new Set();
  readonly completed: R[] = [];
  /** Requests of `completed` that were taken. */
  taken = 0;
  /** Ends the segment. */
  watermark: number | undefined = undefined;
}

/** First completed, first out, between watermarks. */
export class UnorderedQueue<R extends Queued> implements AsyncQueue<R> {
  size = 0;
  readonly #segments: Segment<R>[] = [new Segment()];
  readonly #segmentOf: Map<R, Segment<R>> = new Map();

  add(request: R): void {
    const last = this.#segments.at(-1)!;
    last.open.add(request);
    this.#segmentOf.set(request, last);
    this.size++;
  }

  addWatermark(watermark: number): void {
    const last = this.#segments.at(-1)!;
    const before = this.#segments.at(-2);
    if (before !== undefined && last.open.size + last.completed.length === 0) {
      before.watermark = watermark;
      return;
    }
    last.watermark = watermark;
    this.#segments.push(new Segment());
  }

  complete(request: R): void {
    const segment = this.#segmentOf.get(request)!;
    request.completed = true;
    segment.open.delete(request);
    segment.completed.push(request);
  }

  take(): R | number | undefined {
    const first = this.#segments[0]!;
    if (first.taken < first.completed.length) {
      const request = first.completed[first.taken++]!;
      if (first.taken === first.completed.length) {
        first.completed.length = 0;
        first.taken = 0;
      }
      this.#segmentOf.delete(request);
      this.size--;
      return request;
    }
    if (first.open.size > 0 || first.watermark === undefined) return undefined;
    this.#segments.shift();
    return first.watermark;
  }

  /** A map keeps the order in which its entries were added. */
  requests(): R[] {
    return [...this.#segmentOf.keys()];
  }
}
