/**
 * Generated code of continuous aggregates: the fold of one inserted row and the change that it makes, for accumulators that
 * are words alone.
 *
 * Hot path: no allocation per row, one look-up of the key. Rows that are no inserts, and keys with a time to live, go the
 * plain way, which is the oracle of the tests.
 * Law (test/operators/continuous-aggregate.property.test.ts): the same changes as the plain way.
 */

import { wordsAt } from './aggregate/index.ts';
import { generate } from './generated.ts';
import { sameValue } from './join/same-value.ts';
import type { OperatorContext } from './operator.ts';
import type { AccumulatorPart } from './accumulator-part.ts';
import type { RowBytes } from './row-bytes.ts';
import { bytesText } from './window/slice-kernel.ts';

/** Takes one row. */
export type ProcessRow = (row: unknown, timestamp: number) => void;

/** What the text needs of its operator. */
export interface ContinuousHost {
  readonly part: AccumulatorPart;
  readonly resolve: (row: unknown, hash: number) => number;
  readonly keyed: boolean;
  /** Names of the aggregates. */
  readonly names: readonly string[];
  /** Encodes rows that are no views; undefined when rows have no record type. */
  readonly input: RowBytes | undefined;
  /** Rows used again for every result. */
  readonly before: Record<string, unknown>;
  readonly after: Record<string, unknown>;
  /**
   * `update`: emits every change, with the old result; `upsert`: without it; `batch`: emits nothing; `miniBatch`: calls
   * `markDirty` before the change.
   */
  readonly mode: 'update' | 'upsert' | 'batch' | 'miniBatch';
  retain(this: void, id: number): void;
  /** Writes the fields of the key into both result rows. */
  project(this: void, id: number): void;
  markDirty(this: void, id: number, rows: number, timestamp: number): void;
  /** The plain way. */
  slow(this: void, row: unknown, timestamp: number): void;
}

/** The process function; undefined where code generation is forbidden or a fold has a value on the heap. */
export function compileContinuous(
  context: OperatorContext,
  host: ContinuousHost,
): ProcessRow | undefined {
  const { part, input, keyed, mode, names } = host;
  const { accumulators } = part;
  const { words } = part;
  if (accumulators.heapCount > 0 || part.expires) return undefined;
  const direct = mode === 'update' || mode === 'upsert';
  const fingerprint = input && context.inputs[0]!.type!.fingerprint;
  const same = names.map((_, i) => `(b${i} === a${i} || sameValue(b${i}, a${i}))`).join(' && ');
  const read = (target: string, prefix: string): string =>
    names.map((name, i) => `const ${prefix}${i} = ${target}[${JSON.stringify(name)}];`).join(' ');
  const old = `if (rows !== 0) { ${accumulators.resultsText('before', 'page', 'o')} }`;
  const emit = `project(id);
  ${accumulators.resultsText('after', 'page', 'o')}
  if (rows === 0) output.emit(after, timestamp);
  else {
    ${read('before', 'b')} ${read('after', 'a')}
    if (!(${same})) {
      ${mode === 'update' ? 'output.emitChange(1, before, timestamp);' : ''}
      output.emitChange(2, after, timestamp);
    }
  }`;
  const stamp = `if (rows === 0 || timestamp > page[o + ${part.stride}]) page[o + ${part.stride}] = timestamp;`;
  const text = `return function process(row, timestamp) {
  if (current.rowKind !== 0) { slow(row, timestamp); return; }
  ${bytesText(fingerprint)}
  const id = resolve(row, ${keyed ? 'current.keyHash' : '0'});
  if (id >= words.capacity) words.ensure(id);
  const page = words.pages[id >>> ${words.shift}];
  const o = (id & ${words.mask}) * ${words.stride};
  const rows = page[o];
  ${direct ? old : mode === 'batch' ? stamp : 'markDirty(id, rows, timestamp);'}
  if (rows === 0) retain(id);
  ${accumulators.addText(wordsAt('page', 'o'), input === undefined ? 'calls' : 'bytes')}
  page[o] = rows + 1;
  ${direct ? emit : ''}
};`;
  const { after, before, markDirty, project, resolve, retain, slow } = host;
  const { current, output } = context;
  return generate<ProcessRow>('aggregate', text, {
    ...accumulators.bindings,
    after,
    before,
    current,
    input,
    markDirty,
    output,
    project,
    resolve,
    retain,
    sameValue,
    slow,
    words,
  });
}
