/**
 * What a user's state is, declared apart from its values: name, kind, record types, time to live, functions.
 *
 * A descriptor is made once, in the module of the job, and handed to the context of a process function wherever the state
 * is used. With a record type the values lie off-heap as rows; without one they lie on the heap and may be anything that
 * structured clone can copy.
 */

import type { FieldType, RecordType, TypeDescriptor } from '../record/index.ts';
import type { AggregateFunction } from './aggregate-function.ts';
import type { Plain } from './operator.ts';
import { failStateOption, plainTtl, type PlainTtl, type StateTtl } from './state-ttl.ts';

/** What can be said of any state. */
export interface StateOptions<V> {
  /** Keeps values as rows of this type, off the heap. */
  readonly type?: RecordType<V>;
  /** Lets go of what is not used for some time; without it state lives until it is cleared. */
  readonly ttl?: StateTtl;
}

const AGGREGATE_METHODS = ['create', 'add', 'merge', 'result'] as const;

interface DescriptorBase {
  /** Unique within the operator; state is found again under it after a restart. */
  readonly name: string;
  readonly type: RecordType | undefined;
  readonly ttl: PlainTtl | undefined;
}

/** One value. `Missing` is what a key without one has: the initial value's type, or undefined. */
export interface ValueStateDescriptor<V = unknown, Missing = unknown> extends DescriptorBase {
  readonly kind: 'value';
  readonly initial: (() => Missing) | undefined;
  /** Phantom: the value. */
  readonly value?: V;
}

/** Values in the order in which they were added. */
export interface ListStateDescriptor<V = unknown> extends DescriptorBase {
  readonly kind: 'list';
  readonly value?: V;
}

/** Values by a key of the user's own; `type` is that of the values. */
export interface MapStateDescriptor<K = unknown, V = unknown> extends DescriptorBase {
  readonly kind: 'map';
  /** Types of the parts of the map's keys, where the values are rows. */
  readonly keyTypes: readonly TypeDescriptor[] | undefined;
  readonly key?: K;
  readonly value?: V;
}

/** One value into which others are folded. */
export interface ReducingStateDescriptor<V = unknown> extends DescriptorBase {
  readonly kind: 'reducing';
  reduce(folded: V, value: V): V;
}

/** An accumulator into which values are folded; `type` is that of the accumulator. */
export interface AggregatingStateDescriptor<In = unknown, Out = unknown> extends DescriptorBase {
  readonly kind: 'aggregating';
  readonly aggregate: AggregateFunction<In, unknown, Out>;
}

/** Any of them. */
export type StateDescriptor =
  | ValueStateDescriptor
  | ListStateDescriptor
  | MapStateDescriptor
  | ReducingStateDescriptor
  | AggregatingStateDescriptor;

/**
 * One value per key.
 *
 * @param options `initial` is what a key without a value has: a value, or a function that makes one
 * @throws ERR_OPERATORS_STATE_OPTION
 * @example
 * const last = valueState('last', { type: Bid, ttl: { after: '1h' } });
 * const seen = valueState('seen', { initial: 0 });
 */
export function valueState<V>(
  name: string,
  options: StateOptions<NoInfer<V>> & { readonly initial: V | (() => V) },
): ValueStateDescriptor<V, V>;
export function valueState<V>(
  name: string,
  options?: StateOptions<V>,
): ValueStateDescriptor<V, undefined>;
export function valueState<V>(
  name: string,
  options: StateOptions<V> & { readonly initial?: V | (() => V) } = {},
): ValueStateDescriptor<V, V | undefined> {
  const { initial } = options;
  const make =
    initial === undefined || typeof initial === 'function'
      ? (initial as (() => V) | undefined)
      : () => initial;
  return Object.freeze({ ...base('value', name, options), kind: 'value' as const, initial: make });
}

/**
 * Values per key, in the order in which they were added. The time to live is that of each value.
 *
 * @throws ERR_OPERATORS_STATE_OPTION
 * @example
 * const bids = listState('bids', { type: Bid });
 */
export function listState<V>(name: string, options: StateOptions<V> = {}): ListStateDescriptor<V> {
  return Object.freeze({ ...base('list', name, options), kind: 'list' as const });
}

/** What can be said of a map. */
export interface MapStateOptions<V> extends StateOptions<V> {
  /** Type of the map's keys (several for tuples); needed with `type`: keys then lie off-heap beside their rows. */
  readonly key?: FieldType | readonly FieldType[];
}

/**
 * Values per key by keys of their own: strings, numbers, booleans, bigints, bytes or tuples of them, equal by content.
 * The time to live is that of each value.
 *
 * @throws ERR_OPERATORS_STATE_OPTION
 * @example
 * const byChannel = mapState<string, Total>('by-channel', { key: utf8, type: Total });
 */
export function mapState<K, V>(
  name: string,
  options: MapStateOptions<V> = {},
): MapStateDescriptor<K, V> {
  const plain = base('map', name, options);
  const keyTypes = options.key === undefined ? undefined : keyTypesOf(name, options.key);
  if (plain.type !== undefined && keyTypes === undefined) {
    failStateOption(name, 'key', 'the type of the keys beside that of the values', options.key);
  }
  return Object.freeze({ ...plain, kind: 'map' as const, keyTypes });
}

function keyTypesOf(name: string, key: unknown): readonly TypeDescriptor[] {
  const types = (Array.isArray(key) ? key : [key]) as readonly Partial<FieldType>[];
  return types.map((field) => {
    const kind = field?.type?.kind;
    if (kind !== undefined && kind !== 'list' && kind !== 'record') return field.type!;
    return failStateOption(name, 'key', 'scalar types, utf8 or bytes', kind ?? field);
  });
}

/**
 * One value per key into which each new one is folded.
 *
 * @param reduce gives the folded value and a new one as one; must not change its arguments
 * @throws ERR_OPERATORS_STATE_OPTION
 * @example
 * const highest = reducingState<number>('highest', (a, b) => Math.max(a, b));
 */
export function reducingState<V>(
  name: string,
  reduce: (folded: V, value: V) => V,
  options: StateOptions<V> = {},
): ReducingStateDescriptor<V> {
  if (typeof reduce !== 'function') failStateOption(name, 'reduce', 'a function', reduce);
  return Object.freeze({ ...base('reducing', name, options), kind: 'reducing' as const, reduce });
}

/**
 * An accumulator per key into which values are folded.
 *
 * @param options `type` is the record type of the accumulator
 * @throws ERR_OPERATORS_STATE_OPTION
 * @example
 * const mean = aggregatingState('mean', meanPrice, { type: MeanAccumulator });
 */
export function aggregatingState<In, Acc, Out>(
  name: string,
  aggregate: AggregateFunction<In, Acc, Out>,
  options: StateOptions<Acc> = {},
): AggregatingStateDescriptor<In, Out> {
  for (const method of AGGREGATE_METHODS) {
    if (typeof aggregate?.[method] === 'function') continue;
    failStateOption(name, `aggregate.${method}`, 'a function', aggregate?.[method]);
  }
  return Object.freeze({
    ...base('aggregating', name, options),
    kind: 'aggregating' as const,
    aggregate: aggregate as unknown as AggregateFunction<In, unknown, Out>,
  });
}

/** Everything of a descriptor but its functions, for the plan. */
export function describeState(descriptor: StateDescriptor): Plain {
  const { kind, name, type, ttl } = descriptor;
  return {
    name,
    kind,
    ...(type === undefined ? {} : { type: type.descriptor as unknown as Plain }),
    ...(descriptor.kind === 'map' && descriptor.keyTypes !== undefined
      ? { key: descriptor.keyTypes as unknown as Plain }
      : {}),
    ...(ttl === undefined ? {} : { ttl: { ...ttl } }),
  };
}

/** The functions of descriptors, by role, for reports and the fingerprint. */
export function stateFunctions(
  descriptors: readonly StateDescriptor[],
): Record<string, (...args: never[]) => unknown> {
  const found: Record<string, (...args: never[]) => unknown> = {};
  for (const descriptor of descriptors) {
    const role = `state ${descriptor.name}`;
    if (descriptor.kind === 'value' && descriptor.initial !== undefined) {
      found[`${role} initial`] = descriptor.initial;
    } else if (descriptor.kind === 'reducing') {
      found[`${role} reduce`] = (descriptor as unknown as typeof found)['reduce']!;
    } else if (descriptor.kind === 'aggregating') {
      const methods = descriptor.aggregate as unknown as typeof found;
      for (const name of AGGREGATE_METHODS) found[`${role} ${name}`] = methods[name]!;
    }
  }
  return found;
}

/** What two descriptors differ in so much that they cannot mean one state; undefined when they agree. */
export function stateDifference(a: StateDescriptor, b: StateDescriptor): string | undefined {
  if (a === b) return undefined;
  if (a.kind !== b.kind) return `a ${a.kind} state and a ${b.kind} state`;
  if (a.type?.fingerprint !== b.type?.fingerprint) {
    return `values of ${a.type?.name ?? 'the heap'} and values of ${b.type?.name ?? 'the heap'}`;
  }
  const [ttlA, ttlB] = [JSON.stringify(a.ttl ?? 'none'), JSON.stringify(b.ttl ?? 'none')];
  return ttlA === ttlB ? undefined : `time to live ${ttlA} and ${ttlB}`;
}

function base<V>(kind: string, name: string, options: StateOptions<V>): DescriptorBase {
  if (typeof name !== 'string' || name.trim() === '') {
    failStateOption(String(name), 'name', `a name for a ${kind} state that is not empty`, name);
  }
  const { type, ttl } = options;
  if (type !== undefined && typeof (type as Partial<RecordType>).fingerprint !== 'string') {
    failStateOption(name, 'type', 'a record type', type);
  }
  return {
    name,
    type: type as RecordType | undefined,
    ttl: ttl === undefined ? undefined : plainTtl(name, ttl),
  };
}
