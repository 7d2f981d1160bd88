/** What a pair must fulfil besides the key: a function of the user's, or comparisons of fields, which the engine sees through. */

import type { RecordType } from '../../record/index.ts';
import { generate } from '../generated.ts';
import type { Plain } from '../operator.ts';

/** Whether two rows of one key match. */
export type JoinCondition = (left: never, right: never) => boolean;

/** How two values are compared. */
export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

/**
 * Two fields, or a field and a constant: `['left.time', '<=', 'right.end']`, `['right.kind', '=', { value: 10 }]`. It does not
 * hold when either is null.
 */
export type JoinComparison<Path extends string = string> = readonly [
  first: Path,
  operator: ComparisonOperator,
  second: Path | { readonly value: string | number | bigint | boolean },
];

/** All comparisons must hold. */
export type JoinWhere =
  | { readonly form: 'function'; readonly fn: JoinCondition }
  | { readonly form: 'fields'; readonly comparisons: readonly JoinComparison[] };

type RowTest = (row: unknown) => boolean;
type PairTest = (left: unknown, right: unknown) => boolean;

/** The tests of one operator instance. */
export interface JoinTests {
  /** The whole condition; undefined: every pair of one key matches. */
  readonly pair: PairTest | undefined;
  /** The part of it that is about one side alone: a row that fails it has no match, whatever comes. */
  readonly left: RowTest | undefined;
  readonly right: RowTest | undefined;
}

/** How a condition stands in the plan and in reports. */
export function describeWhere(where: JoinWhere | undefined): {
  readonly params: { readonly where?: Plain };
  readonly functions: Readonly<Record<string, (...args: never[]) => unknown>>;
} {
  if (where === undefined) return { params: {}, functions: {} };
  if (where.form === 'function') return { params: {}, functions: { where: where.fn } };
  const shown = where.comparisons.map(([first, operator, second]) =>
    typeof second === 'string'
      ? [first, operator, second]
      : [first, operator, { value: plain(second.value) }],
  );
  return { params: { where: shown }, functions: {} };
}

/** The fields that a condition reads, by side; undefined when a function sees the rows. */
export function whereReads(
  where: JoinWhere | undefined,
): readonly [left: readonly string[], right: readonly string[]] | undefined {
  if (where === undefined) return [[], []];
  if (where.form === 'function') return undefined;
  const paths = where.comparisons.flatMap(([first, , second]) =>
    typeof second === 'string' ? [first, second] : [first],
  );
  const of = (side: Side): string[] => paths.filter((p) => sideOf(p) === side).map(fieldOf);
  return [of('left'), of('right')];
}

/** The tests, with call sites of their own where code may be generated. */
export function compileWhere(where: JoinWhere | undefined): JoinTests {
  if (where === undefined) return { pair: undefined, left: undefined, right: undefined };
  if (where.form === 'function') {
    return { pair: where.fn as PairTest, left: undefined, right: undefined };
  }
  const { comparisons } = where;
  const alone = (side: Side): RowTest | undefined => {
    const mine = comparisons.filter((comparison) => sidesOf(comparison).every((s) => s === side));
    if (mine.length === 0) return undefined;
    const test = compiled(mine) ?? plainWhere(mine);
    return side === 'left' ? (row) => test(row, undefined) : (row) => test(undefined, row);
  };
  return {
    pair: compiled(comparisons) ?? plainWhere(comparisons),
    left: alone('left'),
    right: alone('right'),
  };
}

/** The twin that interprets the comparisons. */
export function plainWhere(comparisons: readonly JoinComparison[]): PairTest {
  return (left, right) => {
    const valueOf = (path: string): unknown =>
      ((sideOf(path) === 'left' ? left : right) as Readonly<Record<string, unknown>>)[
        fieldOf(path)
      ];
    return comparisons.every(([first, operator, second]) => {
      const a = valueOf(first);
      const b = typeof second === 'string' ? valueOf(second) : second.value;
      if (a === null || a === undefined || b === null || b === undefined) return false;
      switch (operator) {
        case '=':
          return a === b;
        case '!=':
          return a !== b;
        case '<':
          return a < b;
        case '<=':
          return a <= b;
        case '>':
          return a > b;
        case '>=':
          return a >= b;
      }
    });
  };
}

const JS_OPERATORS: Readonly<Record<ComparisonOperator, string>> = {
  '=': '===',
  '!=': '!==',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};

/** undefined on hosts that forbid code generation. */
export function compiled(comparisons: readonly JoinComparison[]): PairTest | undefined {
  const constants: Record<string, unknown> = {};
  const terms = comparisons.map(([first, operator, second], i) => {
    let other = `c${i}`;
    if (typeof second === 'string') other = readSource(second);
    else constants[other] = second.value;
    // Compared with anything but itself, undefined and null must not hold.
    const absent = typeof second === 'string' ? 'a == null || b == null' : 'a == null';
    return `{ const a = ${readSource(first)}, b = ${other}; if (${absent} || !(a ${JS_OPERATORS[operator]} b)) return false; }`;
  });
  const source = `return function where(left, right) {
  ${terms.join('\n  ')}
  return true;
};`;
  return generate<PairTest>('join where', source, constants);
}

function readSource(path: string): string {
  return `${sideOf(path)}[${JSON.stringify(fieldOf(path))}]`;
}

type Side = 'left' | 'right';

function sidesOf([first, , second]: JoinComparison): Side[] {
  return typeof second === 'string' ? [sideOf(first), sideOf(second)] : [sideOf(first)];
}

function sideOf(path: string): Side {
  return path.startsWith('left.') ? 'left' : 'right';
}

function fieldOf(path: string): string {
  return path.slice(path.indexOf('.') + 1);
}

function plain(value: string | number | bigint | boolean): Plain {
  return typeof value === 'bigint' ? `${value}n` : value;
}

/** What values of a field are compared as; undefined for those that are not compared. */
export function comparableKind(
  type: RecordType,
  field: string,
): 'number' | 'bigint' | 'boolean' | 'string' | undefined {
  const found = type.descriptor.fields.find(({ name }) => name === field)?.type;
  if (found?.kind === 'bool') return 'boolean';
  if (found?.kind === 'utf8') return 'string';
  if (found === undefined || ['bytes', 'list', 'record'].includes(found.kind)) return undefined;
  return 'bigint' in found && found.bigint === true ? 'bigint' : 'number';
}
