/**
 * Generated code of continuous aggregates: the fold of one inserted row and the change that it makes. Values on the heap are
 * folded by calls.
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

/** The process function; undefined where code generation is forbidden, or keys expire. */
export function compileContinuous(
  context: OperatorContext,
  host: ContinuousHost,
): ProcessRow | undefined {
  const { part, input, keyed, mode, names } = host;
  const { accumulators } = part;
  const { words } = part;
  if (part.expires) return undefined;
  const heap = accumulators.heapCount > 0;
  const direct = mode === 'update' || mode === 'upsert';
  const fingerprint = input && context.inputs[0]!.type!.fingerprint;
  const same = names.map((_, i) => `(b${i} === a${i} || sameValue(b${i}, a${i}))`).join(' && ');
  const read = (target: string, prefix: string): string =>
    names.map((name, i) => `const ${prefix}${i} = ${target}[${JSON.stringify(name)}];`).join(' ');
  const results = (target: string): string =>
    heap
      ? `accumulators.resultsInto(${target}, page, o, heap);`
      : accumulators.resultsText(target, 'page', 'o');
  const old = `if (rows !== 0) { ${results('before')} }`;
  const emit = `project(id);
  ${results('after')}
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
  ${heap ? 'const heap = part.heapOf(id);' : ''}
  ${direct ? old : mode === 'batch' ? stamp : 'markDirty(id, rows, timestamp);'}
  if (rows === 0) retain(id);
  ${accumulators.addText(wordsAt('page', 'o'), input === undefined ? 'calls' : 'bytes')}
  page[o] = rows + 1;
  ${heap ? 'part.grow(accumulators.addHeap(heap, row, timestamp));' : ''}
  ${direct ? emit : ''}
};`;
  const { after, before, markDirty, project, resolve, retain, slow } = host;
  const { current, output } = context;
  return generate<ProcessRow>('aggregate', text, {
    ...accumulators.bindings,
    accumulators,
    after,
    before,
    current,
    input,
    markDirty,
    output,
    part,
    project,
    resolve,
    retain,
    sameValue,
    slow,
    words,
  });
}
