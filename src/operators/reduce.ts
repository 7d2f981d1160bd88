/**
 * Rolling reduce: folds the rows of each key (or of the whole stream, when it is not keyed) into one row.
 *
 * The first row of a key is its first result. Streaming: one result per row, with the row's timestamp. Batch: the last
 * result of each key when the input ends, with the largest timestamp of its rows.
 * On typed streams keyed by fields the state is the row's bytes, the function sees it through a view, and a result must
 * keep its key fields: the key is read from the row. Otherwise values are kept on the heap.
 */

import { EngineError } from '../base/index.ts';
import { checkInsert } from './changelog.ts';
import { PROBE_SOURCE, NO_REF, REF_PAGE_SHIFT, REF_UNIT_MASK } from '../state/index.ts';
import { generate, rollingBindings, rollingSource } from './generated.ts';
import { describeGot } from './kept-row.ts';
import { keyedRows, type KeyedRows } from './keyed-rows.ts';
import { KeyedValues } from './keyed-values.ts';
import type { OperatorContext, Transformation } from './operator.ts';
import { RollingRows } from './rolling-rows.ts';

type Process = (row: unknown, timestamp: number) => void;

/**
 * Folds rows by `fn(accumulated, row)`, which returns the new accumulated row: a plain object, or one of its arguments.
 *
 * @throws ERR_OPERATORS_RESULT at run time, when `fn` returns null or undefined
 * @throws ERR_OPERATORS_KEY_CHANGED at run time, when a result has another key than its rows
 * @throws ERR_OPERATORS_CHANGELOG at run time, for a row that is no insert
 * @example
 * reduceTransformation((a: { n: number }, b: { n: number }) => ({ n: a.n + b.n }));
 */
export function reduceTransformation<T>(fn: (accumulated: T, row: T) => T): Transformation {
  return {
    kind: 'reduce',
    params: {},
    functions: { reduce: fn },
    keyed: false,
    stateful: true,
    unboundedState: 'a folded row',
    leavesOut: true,
    create: (context) => {
      const checked = fn as (accumulated: unknown, row: unknown) => unknown;
      const rows = keyedRows(context);
      if (rows !== undefined) {
        // The generated form writes into the row it replaces; the plain one has the new row whole before it does.
        const compiled =
          context.leavesOut === true ? undefined : compileReduce(context, rows, checked);
        const process = compiled ?? plainReduce(context, rows, checked);
        return new RollingRows(context, rows, process);
      }
      return new KeyedValues(context, (accumulated, row) => {
        return checked(accumulated, row) ?? failResult(context);
      });
    },
  };
}

/** The generated form; undefined where code generation is forbidden. */
function compileReduce(
  context: OperatorContext,
  rows: KeyedRows,
  fn: (accumulated: unknown, row: unknown) => unknown,
): Process | undefined {
  // A row of constant length is written in place: its values are plain numbers by then. A row of varying length is
  // written aside first, since its texts may be slices of the very row that it replaces.
  const write =
    rows.codec.fixedBytes > 0
      ? `codec.write(result, page, o);
        if (!key.equalBytes(memory, at, page, o)) failKey(row, result);`
      : 'ref = store(ref, result, row, memory, at);';
  const source = rollingSource({
    probe: PROBE_SOURCE,
    fingerprint: rows.type.fingerprint,
    keyed: rows.access !== undefined,
    batch: rows.batch,
    pageShift: REF_PAGE_SHIFT,
    unitMask: REF_UNIT_MASK,
    update: `const accumulated = views[ref >>> ${REF_PAGE_SHIFT}];
    accumulated.at = o;
    const result = fn(accumulated, row);
    if (result !== accumulated) {
      if (result === null || result === undefined) failResult(context);
      ${write}
    }`,
  });
  return generate<Process>('reduce', source, {
    ...rollingBindings(context, rows),
    context,
    fn,
    codec: rows.codec,
    failResult,
    store: storeResult.bind(undefined, context, rows),
    failKey: failKey.bind(undefined, context, rows),
  });
}

/** The same without generated code. */
export function plainReduce(
  context: OperatorContext,
  rows: KeyedRows,
  fn: (accumulated: unknown, row: unknown) => unknown,
): Process {
  return (row, timestamp) => {
    checkInsert(context);
    const { input, table } = rows;
    input.take(row);
    const { memory, at } = input;
    const hash = rows.access === undefined ? 0 : context.current.keyHash;
    let ref = table.find(memory, at, hash);
    if (ref === NO_REF) ref = rows.insert(memory, at, hash, timestamp);
    else {
      table.changes.touch(ref);
      const view = rows.show(ref);
      const result = fn(view, row) ?? failResult(context);
      if (result !== view) ref = storeResult(context, rows, ref, result, row, memory, at);
      if (rows.batch) rows.stamp(ref, timestamp);
    }
    if (!rows.batch) context.output.emit(rows.show(ref), timestamp);
  };
}

function storeResult(
  context: OperatorContext,
  rows: KeyedRows,
  ref: number,
  result: unknown,
  row: unknown,
  memory: KeyedRows['input']['memory'],
  at: number,
): number {
  const encoded = rows.result;
  encoded.encode(result);
  if (!rows.key.equalBytes(memory, at, encoded.memory, encoded.at)) {
    failKey(context, rows, row, result);
  }
  return rows.replace(ref, encoded.memory, encoded.at);
}

function failResult(context: OperatorContext): never {
  throw new EngineError('ERR_OPERATORS_RESULT', {
    operator: context.operatorName,
    expected: 'a row',
    got: 'null or undefined',
  });
}

function failKey(context: OperatorContext, rows: KeyedRows, row: unknown, result: unknown): never {
  throw new EngineError('ERR_OPERATORS_KEY_CHANGED', {
    operator: context.operatorName,
    fields: rows.access?.fields.join(', '),
    before: describeGot(rows.access?.valueOf(row)),
    after: describeGot(rows.access?.valueOf(result)),
  });
}
