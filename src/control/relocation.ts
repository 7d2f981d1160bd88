/** A change of the number or the places of a job's subtasks, from the request until they run, or run as before. Main thread. */

import { EngineError, toEngineError } from '../base/index.ts';
import type { Layout, Sizes } from './run-request.ts';

/** One rescale or move. */
export class Relocation {
  readonly kind: 'rescaled' | 'moved';
  readonly before: Layout;
  readonly next: Layout;
  /** What the job is to have from then on; undefined: what it has. */
  readonly sizes: Sizes | undefined;
  /** Settles when the subtasks run. Rejects with ERR_CONTROL_RESCALE when they do not: the job goes on as before, or ended. */
  readonly done: Promise<void>;
  /** Whether the last attempt has handed over. */
  handedOver = false;
  readonly #job: string;
  readonly #settle: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(
    job: string,
    kind: 'rescaled' | 'moved',
    before: Layout,
    next: Layout,
    sizes: Sizes | undefined,
  ) {
    this.#job = job;
    this.kind = kind;
    this.before = before;
    this.next = next;
    this.sizes = sizes;
    this.done = this.#settle.promise;
    // Looked at when the hand-over is complete.
    this.done.catch(() => undefined);
  }

  succeed(): void {
    this.#settle.resolve();
  }

  fail(thrown: unknown): void {
    this.#settle.reject(rescaleError(this.#job, this.kind, thrown));
  }
}

/** Why a job is not rescaled or moved. */
export function rescaleError(
  job: string,
  kind: 'rescaled' | 'moved',
  thrown: unknown,
): EngineError {
  if (typeof thrown === 'string') {
    return new EngineError('ERR_CONTROL_RESCALE', { job, kind, reason: thrown });
  }
  const cause = toEngineError(thrown);
  const { message: reason } = cause;
  return new EngineError('ERR_CONTROL_RESCALE', { job, kind, reason }, { cause });
}

/** Sizes with others on top: a number alone is for all operators that have none of their own. */
export function withSizes(sizes: Sizes, to: number | Readonly<Record<string, number>>): Sizes {
  if (typeof to === 'number') return { ...sizes, parallelism: to };
  return { ...sizes, operators: { ...sizes.operators, ...to } };
}

/** Whether two layouts have the same subtasks on the same workers. */
export function sameLayout(a: Layout, b: Layout): boolean {
  const shape = ({ plan, placement }: Layout): string =>
    JSON.stringify([
      plan.chains.map(({ name, parallelism }) => [name, parallelism]),
      placement.subtasks.map(({ worker }) => worker),
    ]);
  return shape(a) === shape(b);
}
