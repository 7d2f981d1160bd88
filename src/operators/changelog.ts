/** What operators do with the changelog kinds of rows: refuse them, or pass them on. */

import { EngineError } from '../base/index.ts';
import { RowKind, rowKindText } from '../record/index.ts';
import type { OperatorContext } from './operator.ts';

/**
 * For operators that take inserts only; called where `context.current.rowKind` is another kind.
 *
 * @param expected what the operator takes, in a few words
 * @throws ERR_OPERATORS_CHANGELOG always
 */
export function failChangelog(context: OperatorContext, expected = 'inserts only'): never {
  const { operatorName: operator } = context;
  const kind = rowKindText(context.current.rowKind);
  throw new EngineError(
    'ERR_OPERATORS_CHANGELOG',
    { operator, expected, kind },
    { place: { operator } },
  );
}

/** Throws unless the row being processed is an insert. @throws ERR_OPERATORS_CHANGELOG */
export function checkInsert(context: OperatorContext): void {
  if (context.current.rowKind !== RowKind.insert) failChangelog(context);
}

/** Emits with the kind of the row being processed: for operators that work on one row at a time. */
export function emitAsIs(context: OperatorContext, row: unknown, timestamp: number): void {
  const { rowKind } = context.current;
  if (rowKind === RowKind.insert) context.output.emit(row, timestamp);
  else context.output.emitChange(rowKind, row, timestamp);
}
