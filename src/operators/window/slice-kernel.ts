/**
 * Generated code of sliced windows: the fold of one row into its slice, and the sums of whole pages. Each operator has
 * texts of its own; the plain twins are the oracle of the tests and run where generation is forbidden.
 *
 * Hot path: no allocation per row; one look-up of the key, no other call for a key that its slice has already.
 * Law (test/operators/window/slice-kernel.property.test.ts): twins leave the same words in the same pages.
 */

import type { KeyResolver } from '../../state/index.ts';
import { wordsAt } from '../aggregate/index.ts';
import type { Accumulators, RowAccess, WordText } from '../aggregate/index.ts';
import { generate } from '../generated.ts';
import type { OperatorContext } from '../operator.ts';
import type { RowBytes } from '../row-bytes.ts';
import { PAGE_MASK, PAGE_SHIFT } from './slices.ts';
import type { Page, Slice, Slices } from './slices.ts';
import { NOW, ROWS_LEFT } from './window-clock.ts';
import type { WindowClock } from './window-clock.ts';

/** Takes one row. */
export type ProcessRow = (row: unknown, timestamp: number) => void;

/** What a fold of rows into slices needs of its operator. */
export interface SliceHost {
  readonly slices: Slices;
  readonly resolve: KeyResolver;
  /** The id of all rows, when they are not keyed; else -1. */
  readonly oneKey: number;
  /** Encodes rows that are no views; undefined when rows have no record type. */
  readonly input: RowBytes | undefined;
  /** Says in which slice a row is, in place of its timestamp. */
  readonly clock: WindowClock | undefined;
  /** What is folded: rows, or partial accumulators (then generated code is needed). */
  readonly source: FoldSource;
  /** Makes the slice of the timestamp the current one; false when the row is late or of no window. */
  locate(this: void, row: unknown, timestamp: number): boolean;
  /** A row came that is late for a window which the slice is part of. */
  late(this: void, slice: Slice, id: number): void;
  /** @throws ERR_OPERATORS_CHANGELOG */
  refuse(this: void): never;
}

/** How the rows of the input become words. */
export interface FoldSource {
  /** Statements that fold the row at hand into the words `w`, word 0 included; see {@link Accumulators.addText}. */
  text(w: WordText, access: RowAccess): string;
  readonly bindings: Readonly<Record<string, unknown>>;
  /** The same without generated code. */
  add(words: Float64Array, o: number, row: unknown, timestamp: number): void;
}

/** Rows are folded as they are. */
export function rowSource(accumulators: Accumulators): FoldSource {
  return {
    text: (w, access) =>
      `const rows = ${w(0)}; ${accumulators.addText(w, access)} ${w(0)} = rows + 1;`,
    bindings: accumulators.bindings,
    add: (words, o, row, timestamp) => accumulators.add(words, o, row, timestamp),
  };
}

/** The time of a row by the clock. */
const CLOCK_TEXT = `if (--clock[${ROWS_LEFT}] < 0) read();
  const time = clock[${NOW}];`;

/** Text that leaves the bytes of `row` in `memory` and `at`; nothing for rows without a record type. */
export function bytesText(fingerprint: string | undefined): string {
  if (fingerprint === undefined) return '';
  return `let memory, at;
  if (row.typeFingerprint === ${JSON.stringify(fingerprint)}) { memory = row.memory; at = row.at; }
  else { input.take(row); memory = input.memory; at = input.at; }`;
}

/** The process function of a sliced window operator. */
export function compileSliceProcess(context: OperatorContext, host: SliceHost): ProcessRow {
  const { clock, slices, source, input, oneKey } = host;
  const { accumulators } = slices;
  const fingerprint = input && context.inputs[0]!.type!.fingerprint;
  const text = `return function process(row, timestamp) {
  if (current.rowKind !== 0) refuse();
  ${clock === undefined ? 'const time = timestamp;' : CLOCK_TEXT}
  if (!(time >= bounds[0] && time < bounds[1]) && !locate(row, time)) return;
  ${bytesText(fingerprint)}
  const id = ${oneKey < 0 ? 'resolve(row, current.keyHash)' : oneKey};
  const slice = slices.current;
  let page = slice.pages[id >>> ${PAGE_SHIFT}];
  if (page === undefined) page = slices.pageOf(slice, id);
  const o = (id & ${PAGE_MASK}) * ${accumulators.stride};
  if (page[o] === 0) slices.hold(slice, id);
  ${accumulators.heapCount > 0 ? 'slices.addHeap(slice, id, row, timestamp);' : ''}
  ${source.text(wordsAt('page', 'o'), input === undefined ? 'calls' : 'bytes')}
  if (slice.closed) late(slice, id);
};`;
  const { locate, late, refuse, resolve } = host;
  const { current } = context;
  const { bounds } = slices;
  return (
    generate<ProcessRow>('window', text, {
      ...source.bindings,
      bounds,
      clock: clock?.numbers,
      current,
      input,
      late,
      locate,
      read: () => clock?.read(),
      refuse,
      resolve,
      slices,
    }) ?? plainSliceProcess(context, host)
  );
}

/** The same without generated code. */
export function plainSliceProcess(context: OperatorContext, host: SliceHost): ProcessRow {
  const { clock, slices, source, oneKey } = host;
  const { accumulators, bounds } = slices;
  const { current } = context;
  return (row, timestamp) => {
    if (current.rowKind !== 0) host.refuse();
    if (clock !== undefined && --clock.numbers[ROWS_LEFT]! < 0) clock.read();
    const time = clock === undefined ? timestamp : clock.numbers[NOW]!;
    const here = time >= bounds[0]! && time < bounds[1]!;
    if (!here && !host.locate(row, time)) return;
    const id = oneKey < 0 ? host.resolve(row, current.keyHash) : oneKey;
    const slice = slices.current;
    const page = slices.pageOf(slice, id);
    const o = (id & PAGE_MASK) * accumulators.stride;
    if (page[o] === 0) slices.hold(slice, id);
    if (accumulators.heapCount > 0) slices.addHeap(slice, id, row, timestamp);
    source.add(page, o, row, timestamp);
    if (slice.closed) host.late(slice, id);
  };
}

/** Sums over whole pages. */
export interface PageSums {
  /** Adds every accumulator of `b` to that of `a`. */
  merge(this: void, a: Page, b: Page): void;
  /** Takes every accumulator of `b` out of that of `a`; only where accumulators are invertible. */
  subtract(this: void, a: Page, b: Page): void;
}

/** Sums with code of their own. */
export function compilePageSums(accumulators: Accumulators): PageSums {
  const { stride, bindings } = accumulators;
  const a = wordsAt('a', 'o');
  const b = wordsAt('b', 'o');
  const loop = (name: string, body: string): string => `function ${name}(a, b) {
  for (let o = 0; o < a.length; o += ${stride}) { if (b[o] !== 0) { ${body} } }
}`;
  const text = `${loop('merge', accumulators.mergeText(a, b))}
${loop('subtract', accumulators.invertible ? accumulators.subtractText(a, b) : '')}
return { merge, subtract };`;
  return generate<PageSums>('pages', text, bindings) ?? plainPageSums(accumulators);
}

/** The same without generated code. */
export function plainPageSums(accumulators: Accumulators): PageSums {
  const { stride } = accumulators;
  return {
    merge: (a, b) => {
      for (let o = 0; o < a.length; o += stride) if (b[o] !== 0) accumulators.merge(a, o, b, o);
    },
    subtract: (a, b) => {
      for (let o = 0; o < a.length; o += stride) {
        if (b[o] !== 0) accumulators.subtract(a, o, b, o);
      }
    },
  };
}
