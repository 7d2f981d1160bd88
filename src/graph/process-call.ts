/** The arguments of `process(…)`, for all kinds of streams: checked where the job calls it. */

import { EngineError } from '../base/index.ts';
import { hasMethod } from '../operators/index.ts';
import type {
  ProcessOptions,
  Provided,
  StateDescriptor,
  Transformation,
} from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import { argumentError } from './arguments.ts';
import { checkProcessFunction } from './scope.ts';
import { callSite, placeOf } from './source-location.ts';

/** What one call says. */
export interface ProcessCall<U> {
  readonly keyed: boolean;
  readonly provided: Provided<object>;
  /** What the function must have. */
  readonly methods: readonly string[];
  /** The second argument: a record type, or options. */
  readonly typeOrOptions: RecordType<U> | ProcessOptions | undefined;
  /** The third, behind a record type. */
  readonly options: ProcessOptions | undefined;
}

/**
 * The transformation of a call and the record type of its rows.
 *
 * @throws ERR_GRAPH_ARGUMENT no process function, no record type, no descriptors
 * @throws ERR_GRAPH_NOT_KEYED timers or keyed state on a stream without a key
 * @throws ERR_OPERATORS_STATE_TWICE
 */
export function processCall<U>(
  call: ProcessCall<U>,
  make: (options: ProcessOptions) => Transformation,
): { readonly transformation: Transformation; readonly type: RecordType<U> | undefined } {
  const { provided, typeOrOptions } = call;
  checkProcessFunction(provided, call.methods);
  const type = isRecordType<U>(typeOrOptions) ? typeOrOptions : undefined;
  const options =
    (type === undefined ? (typeOrOptions as ProcessOptions | undefined) : call.options) ?? {};
  if (typeof options !== 'object') {
    throw argumentError('process', 'a record type or options as an object', options);
  }
  const states: unknown = options.states ?? [];
  const declared: unknown = (provided as { readonly states?: unknown }).states ?? [];
  for (const list of [states, declared]) checkDescriptors(list);
  if (!call.keyed) {
    const count = (states as unknown[]).length + (declared as unknown[]).length;
    if (count > 0) failNotKeyed('state by key (states)');
    if (hasMethod(provided, 'onTimer') === true) failNotKeyed('timers (onTimer)');
  }
  try {
    return { transformation: make(options), type };
  } catch (error) {
    throw error instanceof EngineError ? error.at(placeOf(callSite())) : error;
  }
}

/** @throws ERR_GRAPH_ARGUMENT when these are no descriptors of state */
export function checkDescriptors(
  states: unknown,
  call = 'process',
  kind?: StateDescriptor['kind'],
): asserts states is readonly StateDescriptor[] {
  if (!Array.isArray(states)) throw argumentError(call, 'states as a list of descriptors', states);
  for (const state of states as readonly (Partial<StateDescriptor> | null)[]) {
    const fits = typeof state?.name === 'string' && typeof state.kind === 'string';
    if (fits && (kind === undefined || state.kind === kind)) continue;
    const expected = `a descriptor such as ${kind ?? 'value'}State(name)`;
    throw argumentError(call, expected, state);
  }
}

function isRecordType<U>(value: unknown): value is RecordType<U> {
  return typeof (value as Partial<RecordType> | undefined)?.fingerprint === 'string';
}

function failNotKeyed(what: string): never {
  throw new EngineError(
    'ERR_GRAPH_NOT_KEYED',
    { call: 'process', what },
    { place: placeOf(callSite()) },
  );
}
