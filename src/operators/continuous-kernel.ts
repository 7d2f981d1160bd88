/**
 * Generated code of continuous aggregates: the fold of one inserted row, and the change that it makes. Values on the heap are
 * folded by calls, distinct values in line.
 *
 * Hot path: no allocation per row, one look-up of the key; the fields of the key are read again when the key is another than
 * that of the row before. Rows that are no inserts, and keys with a time to live, go the plain way, which is the oracle of
 * the tests.
 * Law (test/operators/continuous-aggregate.property.test.ts): the same changes as the plain way.
 */

import { wordsAt } from './aggregate/index.ts';
import type { Accumulators } from './aggregate/index.ts';
import type { ChangedKeys, Result } from './changed-keys.ts';
import type { ContinuousSource } from './continuous-partials.ts';
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
  /** What is folded. */
  readonly source: ContinuousSource;
  /** Rows used again for every result. */
  readonly before: Result;
  readonly after: Result;
  /**
   * `update`: emits every change, with the old result; `upsert`: without it; `batch`: emits nothing; `miniBatch`: calls
   * `markChanged` before the first change of a key.
   */
  readonly mode: 'update' | 'upsert' | 'batch' | 'miniBatch';
  /** The keys that changed, in mini-batches. */
  readonly changed: ChangedKeys;
  /** Word 0 is the key whose fields stand in the result rows, -1 for none. */
  readonly shown: Int32Array;
  retain(this: void, id: number): void;
  /** Writes the fields of the key into both result rows, and the key into `shown`. */
  project(this: void, id: number): void;
  markChanged(this: void, id: number, rows: number, timestamp: number): void;
  /** The plain way. */
  slow(this: void, row: unknown, timestamp: number): void;
}

/** Writes the results of the accumulator at `o` of `page`, which is not empty, into `target`. */
export type FillResults = (
  target: Result,
  page: Float64Array,
  o: number,
  heap: readonly unknown[] | undefined,
) => void;

/** `resultsInto` with code of its own. */
export function compileResults(accumulators: Accumulators): FillResults {
  const text = `return function fill(target, page, o, heap) {
  ${accumulators.resultsText('target', 'page', 'o')}
};`;
  return (
    generate<FillResults>('results', text, accumulators.bindings) ??
    ((target, page, o, heap) => accumulators.resultsInto(target, page, o, heap))
  );
}

/** Whether two result rows have the same results, with code of its own. */
export function compileSame(names: readonly string[]): (a: Result, b: Result) => boolean {
  const same = names.map((name) => {
    const [a, b] = ['a', 'b'].map((row) => `${row}[${JSON.stringify(name)}]`);
    return `(${a} === ${b} || sameValue(${a}, ${b}))`;
  });
  const text = `return function same(a, b) { return ${same.join(' && ')}; };`;
  return (
    generate<(a: Result, b: Result) => boolean>('same', text, { sameValue }) ??
    ((a, b) => names.every((name) => sameValue(a[name], b[name])))
  );
}

/** The process function; undefined where code generation is forbidden, or keys expire. */
export function compileContinuous(
  context: OperatorContext,
  host: ContinuousHost,
): ProcessRow | undefined {
  const { part, input, keyed, mode, names, changed, source } = host;
  const { accumulators } = part;
  const { words } = part;
  if (part.expires) return undefined;
  const heap = accumulators.heapCount > 0;
  const direct = mode === 'update' || mode === 'upsert';
  const fingerprint = input && context.inputs[0]!.type!.fingerprint;
  const same = names.map((_, i) => `(b${i} === a${i} || sameValue(b${i}, a${i}))`).join(' && ');
  const read = (target: string, prefix: string): string =>
    names.map((name, i) => `const ${prefix}${i} = ${target}[${JSON.stringify(name)}];`).join(' ');
  const results = (target: string): string => accumulators.resultsText(target, 'page', 'o');
  const old = `if (rows !== 0) { ${results('before')} }`;
  const emit = `if (shown[0] !== id) project(id);
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
  const { places } = changed;
  const mark = `const place = id < places.capacity ? placePages[id >>> ${places.shift}][id & ${places.mask}] : 0;
  if (place === 0) markChanged(id, rows, timestamp);
  else if (timestamp > times[place - 1]) times[place - 1] = timestamp;`;
  const text = `return function process(row, timestamp) {
  if (current.rowKind !== 0) { slow(row, timestamp); return; }
  ${bytesText(fingerprint)}
  const id = resolve(row, ${keyed ? 'current.keyHash' : '0'});
  if (id >= words.capacity) words.ensure(id);
  const page = words.pages[id >>> ${words.shift}];
  const o = (id & ${words.mask}) * ${words.stride};
  const rows = page[o];
  ${heap ? 'const heap = part.heapOf(id); let grown = 0;' : ''}
  ${direct ? old : mode === 'batch' ? stamp : mark}
  if (rows === 0) retain(id);
  ${source.text(wordsAt('page', 'o'), input === undefined ? 'calls' : 'bytes')}
  ${heap ? 'if (grown !== 0) part.grow(grown);' : ''}
  ${direct ? emit : ''}
};`;
  const { after, before, markChanged, project, resolve, retain, shown, slow } = host;
  const { current, output } = context;
  return generate<ProcessRow>('aggregate', text, {
    ...accumulators.bindings,
    ...source.bindings,
    after,
    before,
    current,
    input,
    markChanged,
    output,
    part,
    placePages: places.pages,
    places,
    project,
    resolve,
    retain,
    sameValue,
    shown,
    slow,
    times: changed.times,
    words,
  });
}
