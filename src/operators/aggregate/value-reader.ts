/** How a declared aggregate finds its value: a field by name, or a function of the row. */

import { EngineError, fail } from '../../base/index.ts';
import { layoutOf } from '../../record/index.ts';
import type { FieldLayout, FieldType, TypeDescriptor } from '../../record/index.ts';
import { describeGot } from '../kept-row.ts';
import type { AggregateInput, ValueReader } from './aggregate.ts';

/** A field's name, or a function of the row. */
export type ValueSelector = string | ((row: never) => unknown);

/** What an aggregate asks of its values. */
export interface ValueDemand {
  readonly expected: string;
  allows(type: TypeDescriptor): boolean;
}

const INTEGERS: ReadonlySet<string> = new Set('i8 u8 i16 u16 i32 u32 i64 u64'.split(' '));
const NUMBERS: ReadonlySet<string> = new Set([...INTEGERS, 'f32', 'f64']);

/** Numbers of any kind. */
export const NUMBER: ValueDemand = {
  expected: 'a number',
  allows: ({ kind }) => NUMBERS.has(kind),
};
/** Values with an order. */
export const COMPARABLE: ValueDemand = {
  expected: 'a number, timestamp, boolean or text',
  allows: ({ kind }) => NUMBERS.has(kind) || ['timestamp', 'bool', 'utf8'].includes(kind),
};
/** Values that can be told apart. */
export const SCALAR: ValueDemand = {
  expected: 'a number, timestamp, boolean, text or bytes',
  allows: ({ kind }) => kind !== 'list' && kind !== 'record',
};
/** Values that a list can hold. */
export const LISTABLE: ValueDemand = {
  expected: 'a value that a list can hold: a number, timestamp, boolean, text or record',
  allows: ({ kind }) => kind !== 'list' && kind !== 'bytes',
};

/** Whether values of this type are integers. */
export function isIntegral(type: TypeDescriptor | undefined): boolean {
  return type !== undefined && INTEGERS.has(type.kind);
}

/** Whether a float64 holds every value of this type, as a number or as 0 and 1. */
export function fitsWord(type: TypeDescriptor | undefined): boolean {
  if (type === undefined) return false;
  if (type.kind === 'bool' || type.kind === 'timestamp') return true;
  return NUMBERS.has(type.kind) && (type as { bigint?: boolean }).bigint !== true;
}

/** A word as a value of this type. */
export function valueOfWord(type: TypeDescriptor | undefined, word: number): unknown {
  return type?.kind === 'bool' ? word !== 0 : word;
}

/**
 * The reader of a selector over rows of a type.
 *
 * @param type declared type of a function's values
 * @throws ERR_OPERATORS_FIELD
 */
export function valueReader(
  call: string,
  selector: ValueSelector,
  type: FieldType | undefined,
  input: AggregateInput,
  demand: ValueDemand,
): ValueReader {
  if (typeof selector === 'function') {
    const fn = selector as (row: unknown) => unknown;
    const declared = type?.type;
    if (declared !== undefined && !demand.allows(declared)) {
      failField(input.operator, `the function of ${call}`, demand.expected, declared.kind);
    }
    return {
      label: fn.name === '' ? `the function of ${call}` : fn.name,
      source: fn,
      type: declared,
      optional: true,
      layout: undefined,
      read: (row) => fn(row) ?? null,
    };
  }
  const read = (row: unknown): unknown => (row as Record<string, unknown>)[selector] ?? null;
  if (input.type === undefined) {
    return {
      label: selector,
      source: selector,
      type: undefined,
      optional: true,
      layout: undefined,
      read,
    };
  }
  const field = layoutOf(input.type.descriptor).fields.find(({ name }) => name === selector);
  if (field === undefined) {
    return failField(
      input.operator,
      selector,
      demand.expected,
      `no such field in ${input.type.name}`,
    );
  }
  if (!demand.allows(field.type)) {
    failField(input.operator, selector, demand.expected, field.type.kind);
  }
  const layout = fitsWord(field.type) ? field : undefined;
  return {
    label: selector,
    source: selector,
    type: field.type,
    optional: field.nullable,
    layout,
    read,
  };
}

/**
 * The value of a scalar field of the row at `at` of `memory`, as an expression that gives a number. 64-bit integers that
 * are not exact as one are left to the view's getter, which names them in its error.
 */
export function scalarText(field: FieldLayout): string {
  const { name, offset, type } = field;
  const place = (shift: number): string => `memory.${ARRAYS[shift]!}[(at + ${offset}) >> ${shift}]`;
  switch (type.kind) {
    case 'bool':
    case 'u8':
      return `memory.u8[at + ${offset}]`;
    case 'i8':
      return `(memory.u8[at + ${offset}] << 24 >> 24)`;
    case 'u16':
      return place(1);
    case 'i16':
      return `(${place(1)} << 16 >> 16)`;
    case 'i32':
      return place(2);
    case 'u32':
      return `(${place(2)} >>> 0)`;
    case 'f32':
      return `memory.f32[(at + ${offset}) >> 2]`;
    case 'f64':
      return `memory.f64[(at + ${offset}) >> 3]`;
    case 'i64':
    case 'u64':
    case 'timestamp': {
      const high = `memory.i32[(at + ${offset + 4}) >> 2]`;
      const exact =
        type.kind === 'u64'
          ? `(${high} >>> 0) < 0x200000`
          : `((${high} + 0x200000) >>> 0) < 0x400000`;
      return `(${exact} ? ${high} * 4294967296 + (${place(2)} >>> 0) : row.${name})`;
    }
    case 'utf8':
    case 'bytes':
    case 'list':
    case 'record':
      return fail(`field ${name} is a scalar`);
  }
}

/**
 * Statements that make the property in `v` what a row of bytes would hold of it. What a codec would not take is given to
 * `failProperty`, which must throw.
 */
export function propertyText({ type: { kind } }: FieldLayout): string {
  if (kind === 'bool') return `if (typeof v !== 'boolean') failProperty(row); v = v ? 1 : 0;`;
  if (kind === 'f64') return `if (typeof v !== 'number') failProperty(row);`;
  if (kind === 'f32') return `if (typeof v !== 'number') failProperty(row); v = Math.fround(v);`;
  const [least, most] = INTEGER_BOUNDS[kind] ?? [-(2 ** 53), 2 ** 53];
  return `if (!(v >= ${least} && v <= ${most}) || Math.floor(v) !== v) failProperty(row);`;
}

const INTEGER_BOUNDS: Readonly<Record<string, readonly [number, number]>> = {
  i8: [-0x80, 0x7f],
  u8: [0, 0xff],
  i16: [-0x8000, 0x7fff],
  u16: [0, 0xffff],
  i32: [-0x80000000, 0x7fffffff],
  u32: [0, 0xffffffff],
  u64: [0, 2 ** 53],
};

const ARRAYS: readonly string[] = ['u8', 'u16', 'i32'];

/**
 * A value that is not what the aggregate folds.
 *
 * @throws ERR_OPERATORS_FIELD always
 */
export function failValue(operator: string, field: string, expected: string, got: unknown): never {
  return failField(operator, field, expected, describeGot(got));
}

function failField(operator: string, field: string, expected: string, got: string): never {
  throw new EngineError(
    'ERR_OPERATORS_FIELD',
    { operator, field, expected, got },
    { place: { operator } },
  );
}
