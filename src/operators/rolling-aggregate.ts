/**
 * Rolling aggregates by key: `sum`, `min`, `max`, `minBy`, `maxBy` of one field. What they mean is said in
 * rolling-fold.ts.
 *
 * Streaming: one result per row, with the row's timestamp. Batch: the last result of each key when the input ends, with
 * the largest timestamp of its rows. On typed streams keyed by fields a scalar field is folded on the bytes by a
 * generated kernel; a field that is part of the key, and everything else, is folded on the heap.
 */

import { EngineError } from '../base/index.ts';
import type { FieldDescriptor } from '../record/index.ts';
import { keyedRows } from './keyed-rows.ts';
import { KeyedValues } from './keyed-values.ts';
import type { OperatorContext, Transformation } from './operator.ts';
import { rollingFold, type RollingKind } from './rolling-fold.ts';
import { compileRolling } from './rolling-kernel.ts';
import { RollingRows } from './rolling-rows.ts';

const SUMMABLE: ReadonlySet<string> = new Set([
  'i8',
  'u8',
  'i16',
  'u16',
  'i32',
  'u32',
  'i64',
  'u64',
  'f32',
  'f64',
]);

/**
 * Folds one field of the rows of each key.
 *
 * @throws ERR_OPERATORS_FIELD when an instance is made or runs: there is no such field, or it cannot be folded
 * @throws ERR_OPERATORS_OVERFLOW at run time, when a sum leaves the field's type
 * @throws ERR_OPERATORS_CHANGELOG at run time, for a row that is no insert
 * @example
 * rollingAggregateTransformation('sum', 'price');
 */
export function rollingAggregateTransformation(kind: RollingKind, field: string): Transformation {
  return {
    kind,
    params: { field },
    functions: {},
    keyed: true,
    stateful: true,
    unboundedState: 'a folded row',
    create: (context) => {
      const descriptor = checkedField(kind, field, context);
      const rows = keyedRows(context, field);
      const process = rows && compileRolling(kind, field, context, rows);
      if (rows && process) return new RollingRows(context, rows, process);
      return new KeyedValues(context, rollingFold(kind, field, descriptor, context.operatorName));
    },
  };
}

/** The field's declaration, if the stream has a record type. @throws ERR_OPERATORS_FIELD */
function checkedField(
  kind: RollingKind,
  field: string,
  context: OperatorContext,
): FieldDescriptor | undefined {
  const type = context.inputs[0]?.type;
  if (type === undefined) return undefined;
  const found = type.descriptor.fields.find(
    ({ name, deprecated }) => name === field && !deprecated,
  );
  const fold = found?.type.kind ?? 'none';
  const ok =
    kind === 'sum'
      ? SUMMABLE.has(fold)
      : SUMMABLE.has(fold) || fold === 'timestamp' || fold === 'bool' || fold === 'utf8';
  if (ok) return found;
  throw new EngineError(
    'ERR_OPERATORS_FIELD',
    {
      operator: context.operatorName,
      field,
      expected: kind === 'sum' ? 'a number' : 'a number, timestamp, boolean or text',
      got: found === undefined ? `no such field in ${type.name}` : fold,
    },
    { place: { operator: context.operatorName } },
  );
}
