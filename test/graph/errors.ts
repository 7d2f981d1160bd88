/** Catches the error of the engine that a call throws. */

import { EngineError } from '../../src/base/index.ts';

/** The error that `call` throws; fails when it throws none, or one of another class. */
export function errorOf(call: () => unknown): EngineError {
  try {
    call();
  } catch (thrown) {
    if (thrown instanceof EngineError) return thrown;
    throw thrown;
  }
  throw new Error('expected an EngineError, nothing was thrown');
}
