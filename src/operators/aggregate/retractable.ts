/**
 * Aggregates over rows that may be taken out again: `min` and `max` keep their values, counted and in order, `distinct` how
 * often each came, sums on the heap how many values they hold; the others are as they are.
 *
 * Law (test/operators/continuous-aggregate.property.test.ts): after rows were added and some of them taken out, the result
 * is that of folding the rows that are left.
 */

import { EngineError } from '../../base/index.ts';
import { estimateBytes } from '../../state/index.ts';
import { describeGot } from '../kept-row.ts';
import { compareValues } from '../rolling-fold.ts';
import type {
  Aggregate,
  AggregateInput,
  AggregateSpec,
  HeapFold,
  ValueReader,
} from './aggregate.ts';
import { countedDistinct } from './distinct.ts';
import { failValue } from './value-reader.ts';

/**
 * The same aggregates, each able to take a row out again.
 *
 * @throws ERR_OPERATORS_RETRACT one of them cannot
 */
export function retractable(spec: AggregateSpec, input: AggregateInput): AggregateSpec {
  const entries = Object.entries(spec).map(([name, aggregate]): [string, Aggregate] => {
    const { fold } = aggregate.bind(input);
    const { aggregate: kind } = aggregate;
    if (kind === 'sum' && fold.form === 'heap') return [name, countedSum(aggregate)];
    if (fold.form === 'set') return [name, countedValues(aggregate)];
    if (fold.retract !== undefined) return [name, aggregate];
    if (kind === 'min' || kind === 'max') return [name, counted(aggregate, kind)];
    throw new EngineError(
      'ERR_OPERATORS_RETRACT',
      { operator: input.operator, aggregate: `${name}: ${kind}` },
      { place: { operator: input.operator } },
    );
  });
  return Object.fromEntries(entries);
}

function countedValues(aggregate: Aggregate): Aggregate {
  return {
    ...aggregate,
    bind: (input) => {
      const bound = aggregate.bind(input);
      return { ...bound, fold: countedDistinct(bound.value!) };
    },
  };
}

function counted(aggregate: Aggregate, kind: 'min' | 'max'): Aggregate {
  return {
    ...aggregate,
    bind: (input) => {
      const bound = aggregate.bind(input);
      return { ...bound, fold: countedExtreme(kind, input, bound.value!) };
    },
  };
}

/** A sum on the heap, and of how many values: without any it is null again. */
interface Counted {
  sum: unknown;
  n: number;
}

function countedSum(aggregate: Aggregate): Aggregate {
  return {
    ...aggregate,
    bind: (input) => {
      const bound = aggregate.bind(input);
      const inner = bound.fold as HeapFold;
      const change = (acc: Counted, value: unknown, timestamp: number, by: number): Counted => {
        acc.n += by;
        acc.sum = acc.n === 0 ? inner.create() : inner.add(acc.sum, value, timestamp);
        return acc;
      };
      const fold: HeapFold<Counted> = {
        form: 'heap',
        create: () => ({ sum: inner.create(), n: 0 }),
        add: (acc, value, timestamp) => change(acc, value, timestamp, 1),
        retract: (acc, value, timestamp) => change(acc, negative(value), timestamp, -1),
        merge: (a, b) => ({ sum: inner.merge(a.sum, b.sum), n: a.n + b.n }),
        resultOf: ({ sum, n }) => (n === 0 ? null : inner.resultOf(sum)),
        bytesOf: () => 64,
        empty: null,
      };
      return { ...bound, fold: fold as HeapFold };
    },
  };
}

/** What is neither number nor bigint is left for the fold to refuse. */
function negative(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'bigint' ? -value : value;
}

type Comparable = number | bigint | string | boolean;

/** Different values in ascending order, and how often each is there. */
interface Values {
  readonly values: Comparable[];
  readonly counts: number[];
  bytes: number;
}

function countedExtreme(
  kind: 'min' | 'max',
  { operator }: AggregateInput,
  reader: ValueReader,
): HeapFold<Values> {
  const change = (acc: Values, value: unknown, by: number): Values => {
    const { counts, values } = acc;
    const sort = typeof value;
    if (sort === 'object' || sort === 'function' || sort === 'symbol') {
      failValue(operator, reader.label, 'a number, boolean or text', describeGot(value));
    }
    if (values.length > 0 && sort !== typeof values[0]) {
      failValue(operator, reader.label, `a ${typeof values[0]} as before`, describeGot(value));
    }
    const one = value as Comparable;
    const at = placeOf(values, one);
    const found = at < values.length && compareValues(values[at]!, one) === 0;
    if (found) {
      counts[at]! += by;
      if (counts[at]! > 0) return acc;
      values.splice(at, 1);
      counts.splice(at, 1);
      acc.bytes -= 16 + estimateBytes(one);
    } else if (by > 0) {
      values.splice(at, 0, one);
      counts.splice(at, 0, by);
      acc.bytes += 16 + estimateBytes(one);
    }
    return acc;
  };
  return {
    form: 'heap',
    create: () => ({ values: [], counts: [], bytes: 96 }),
    add: (acc, value) => change(acc, value, 1),
    retract: (acc, value) => change(acc, value, -1),
    merge: (a, b) => b.values.reduce((acc, value, i) => change(acc, value, b.counts[i]!), a),
    resultOf: ({ values }) => (kind === 'min' ? values[0] : values.at(-1)) ?? null,
    bytesOf: (acc) => acc.bytes,
    empty: null,
  };
}

/** Index of the first value that is not less. */
function placeOf(values: readonly Comparable[], value: Comparable): number {
  let low = 0;
  let high = values.length;
  // Values often come in order.
  if (high > 0 && compareValues(values[high - 1]!, value) < 0) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareValues(values[middle]!, value) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
