/** The condition of a join as a job writes it, checked. */

import { EngineError } from '../base/index.ts';
import { comparableKind } from '../operators/index.ts';
import type {
  ComparisonOperator,
  JoinComparison,
  JoinCondition,
  JoinWhere,
} from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import { argumentError, describeValue } from './arguments.ts';
import { describeType } from './fields.ts';
import { callSite, placeOf } from './source-location.ts';

const OPERATORS: ReadonlySet<unknown> = new Set<ComparisonOperator>([
  '=',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
]);

/**
 * A function as it is, or comparisons of fields that there are and that can be compared.
 *
 * @throws ERR_GRAPH_ARGUMENT neither of the two
 * @throws ERR_GRAPH_JOIN_WHERE a comparison that is none, of a field that there is not, or of different kinds of values
 */
export function joinWhere(
  call: string,
  where: unknown,
  left: RecordType | undefined,
  right: RecordType | undefined,
): JoinWhere | undefined {
  if (where === undefined) return undefined;
  if (typeof where === 'function') return { form: 'function', fn: where as JoinCondition };
  if (!Array.isArray(where)) {
    throw argumentError(call, 'where: a function, or an array of comparisons', where);
  }
  for (const comparison of where as readonly unknown[]) check(call, comparison, left, right);
  return { form: 'fields', comparisons: where as readonly JoinComparison[] };
}

function check(
  call: string,
  comparison: unknown,
  left: RecordType | undefined,
  right: RecordType | undefined,
): void {
  const fail = (expected: string, got: unknown): never => {
    const text = Array.isArray(comparison) ? comparison.map(shown).join(' ') : shown(comparison);
    throw new EngineError(
      'ERR_GRAPH_JOIN_WHERE',
      { call, condition: `[${text}]`, expected, got: shown(got) },
      { place: placeOf(callSite()) },
    );
  };
  const kindOf = (path: unknown): string | undefined => {
    const [, side, field] = /^(left|right)\.(.+)$/.exec(typeof path === 'string' ? path : '') ?? [];
    if (field === undefined) return fail("a field as 'left.field' or 'right.field'", path);
    const type = side === 'left' ? left : right;
    if (type === undefined) return undefined;
    const found = type.descriptor.fields.some(
      ({ name, deprecated }) => name === field && !deprecated,
    );
    if (!found) fail(`a field of ${describeType(type)}`, path);
    return comparableKind(type, field) ?? fail('a field with a number, text or boolean', path);
  };
  if (!Array.isArray(comparison) || comparison.length !== 3) {
    return fail('[field, operator, field], or [field, operator, { value }]', comparison);
  }
  const [first, operator, second] = comparison as unknown[];
  if (!OPERATORS.has(operator)) fail('one of = != < <= > >=', operator);
  const kind = kindOf(first);
  const constant = typeof second === 'object' && second !== null && 'value' in second;
  const other = constant ? typeof second.value : kindOf(second);
  if (constant && !['number', 'bigint', 'string', 'boolean'].includes(typeof second.value)) {
    fail('a number, text or boolean as value', second.value);
  }
  if (kind !== undefined && other !== undefined && kind !== other) fail(`a ${kind}`, `a ${other}`);
  const ordered = operator !== '=' && operator !== '!=';
  for (const each of [kind, other]) {
    if (ordered && (each === 'string' || each === 'boolean'))
      fail(`= or != for a ${each}`, operator);
  }
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : describeValue(value);
}
