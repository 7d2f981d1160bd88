/** Turns what user code threw into an error that names operator, subtask, row and the user's own source line. */

import { fileURLToPath } from 'node:url';
import { EngineError, thrownText } from '../base/index.ts';

export { rowText } from '../operators/index.ts';

/** Where user code failed. */
export interface FailurePlace {
  readonly operator: string;
  readonly subtask: number;
  /** Text of the row entering the chain, see {@link rowText}. */
  readonly row: string | undefined;
}

/**
 * Wraps a thrown value; engine errors keep their code and gain the place.
 *
 * @param thrown anything; user code may throw what it likes
 */
export function userError(thrown: unknown, place: FailurePlace): EngineError {
  const engineError = thrown instanceof EngineError ? thrown : undefined;
  const source = userFrame(engineError === undefined ? thrown : engineError.cause);
  const where = {
    operator: place.operator,
    subtask: place.subtask,
    ...(place.row === undefined ? {} : { row: place.row }),
    ...(source === undefined ? {} : { source }),
  };
  if (engineError !== undefined) return engineError.at(where);
  const { name, message } = thrownText(thrown);
  return new EngineError(
    'ERR_RUNTIME_USER_FUNCTION',
    { operator: place.operator, reason: thrown instanceof Error ? `${name}: ${message}` : message },
    { cause: thrown, place: where },
  );
}

/** The first stack frame outside the engine and Node: `path/job.ts:12:20`. */
export function userFrame(thrown: unknown): string | undefined {
  const { stack } = thrownText(thrown);
  return stack === undefined ? undefined : userFrameOf(stack);
}

/** The same in the text of a stack. */
export function userFrameOf(stack: string): string | undefined {
  for (const line of stack.split('\n')) {
    const match = /(?:\(|at )((?:file:\/\/)?[^()\s][^()]*?):(\d+):(\d+)\)?$/.exec(line.trimEnd());
    if (!match) continue;
    const location = match[1]!.replace(/^async /, '');
    if (
      location.startsWith('node:') ||
      location.includes('<anonymous>') ||
      location.startsWith('eval')
    )
      continue;
    const path = location.startsWith('file:') ? fileURLToPath(location) : location;
    if (isEngineFile(path)) continue;
    return `${path}:${match[2]}:${match[3]}`;
  }
  return undefined;
}

/** The engine's own rooms, source or built; examples are user code. */
const ENGINE_ROOT: string = fileURLToPath(new URL('..', import.meta.url));

function isEngineFile(path: string): boolean {
  return path.startsWith(ENGINE_ROOT) && !path.startsWith(`${ENGINE_ROOT}examples`);
}
