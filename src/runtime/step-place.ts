/**
 * What a thread is doing, for whoever looks into it from outside: a debugger that has stopped it asks by evaluating
 * {@link PROBE}. Owner: the worker.
 */

import { rowText } from '../operators/index.ts';
import type { WorkerLoop } from './worker-loop.ts';

/** Where a step is. */
export interface StepPlace {
  readonly operator: string;
  readonly subtask: number;
  /** Text of the row that entered the chain last; undefined before the first. */
  readonly row: string | undefined;
}

const KEY = 'millrace.step';

/** Expression that gives the {@link StepPlace} of a worker thread as JSON, and `undefined` between steps. */
export const PROBE: string = `globalThis[Symbol.for('${KEY}')]?.()`;

/** Answers {@link PROBE} from now on. */
export function answerProbes(place: () => StepPlace | undefined): void {
  const answer = (): string | undefined => {
    const found = place();
    return found && JSON.stringify(found);
  };
  Object.defineProperty(globalThis, Symbol.for(KEY), { value: answer, configurable: true });
}

/** The operator whose code runs in the current step. */
export function stepPlace(loop: WorkerLoop): StepPlace | undefined {
  const subtask = loop.stepping;
  if (subtask === undefined) return undefined;
  const { spec, driver } = subtask.chain;
  const row = driver.currentRow();
  return {
    operator: spec.operators[spec.current.operator]!.name,
    subtask: subtask.chain.subtask.index,
    row: row === undefined ? undefined : rowText(row),
  };
}
