/** Keyed state of an operator, made from its context. */

import { createKeyedBackend } from '../state/index.ts';
import type { KeyedBackend } from '../state/index.ts';
import type { OperatorContext } from './operator.ts';

/**
 * The keyed state of this operator: keys off-heap where its keyed inputs have record types and keys of fields.
 *
 * @example
 * const backend = keyedBackend(context);
 * const resolve = backend.keys.resolver(0);
 * const id = resolve(row, context.current.keyHash);
 */
export function keyedBackend(context: OperatorContext): KeyedBackend {
  const { operatorName, memory, maxParallelism, inputs } = context;
  return createKeyedBackend({ operatorName, account: memory, maxParallelism, inputs });
}
