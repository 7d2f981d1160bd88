/**
 * The statements that accumulators are folded, merged and read by: text for the generated code of operators.
 *
 * A filter is asked once a row however many aggregates share it, and a field that several of them read is read once.
 * Law (test/operators/aggregate/folds.property.test.ts): they leave the words that the plain methods of accumulators.ts do.
 */

import type { FieldLayout } from '../../record/index.ts';
import type { BoundAggregate, HeapFold, RowAccess, WordFold, WordText } from './aggregate.ts';
import { propertyText, scalarText } from './value-reader.ts';
import type { ValueSets } from './value-sets.ts';

/** One aggregate with its place. */
export interface WordMember {
  readonly name: string;
  readonly bound: BoundAggregate;
  readonly fold: WordFold;
  /** Word of its count of values: 0 when every row takes part. */
  readonly n: number;
  /** Its first word. */
  readonly at: number;
}

/** One aggregate whose accumulator lies on the heap. */
export interface HeapMember {
  readonly name: string;
  readonly bound: BoundAggregate;
  readonly fold: HeapFold;
}

/** Lvalues of the words of an accumulator at `at` of a Float64Array named `page`. */
export function wordsAt(page: string, at: string): WordText {
  return (k) => (k === 0 ? `${page}[${at}]` : `${page}[${at} + ${k}]`);
}

/** Makes the texts; what they are stands at the methods of the same names of `Accumulators`. */
export class AccumulatorTexts {
  readonly #words: readonly WordMember[];
  readonly #heaps: readonly HeapMember[];
  readonly #sets: ValueSets;
  readonly #bound: readonly BoundAggregate[];
  /** The filters, each once. */
  readonly #wheres: readonly ((row: unknown) => boolean)[];
  readonly #stride: number;

  /** @param bound all aggregates, in the order declared */
  constructor(
    words: readonly WordMember[],
    heaps: readonly HeapMember[],
    sets: ValueSets,
    bound: readonly BoundAggregate[],
    stride: number,
  ) {
    this.#words = words;
    this.#heaps = heaps;
    this.#sets = sets;
    this.#bound = bound;
    this.#wheres = [...new Set(bound.flatMap(({ where }) => where ?? []))];
    this.#stride = stride;
  }

  /** The filters, by the names under which the texts call them. */
  get filters(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(this.#wheres.map((where, i) => [`where${i}`, where]));
  }

  addText(w: WordText, access: RowAccess, heap: boolean): string {
    const filters = new Set(
      (heap ? this.#bound : this.#words.map(({ bound }) => bound)).flatMap(
        ({ where }) => where ?? [],
      ),
    );
    const passed = [...filters].map((where) => `${this.#passes(where)} = ${this.#asks(where)}`);
    const hoisted = access === 'bytes' ? this.#readAlways() : [];
    const lines = [
      ...passed,
      ...hoisted.map((layout) => `field${layout.offset} = ${scalarText(layout)}`),
    ];
    const folds = this.#words
      .map(({ bound: { value, where }, fold, n, at }, index) => {
        const own = n === 0 ? 'rows' : `n${index}`;
        const step = `${n === 0 ? '' : `const ${own} = ${w(n)};`}
          ${ownCalls(
            fold.addText((k) => w(at + k), own),
            fold,
            index,
          )}
          ${n === 0 ? '' : `${w(n)} = ${own} + 1;`}`;
        let body = step;
        if (value !== undefined) {
          const { layout } = value;
          if (layout === undefined || access === 'calls') {
            body = `const v = read${index}(row); if (v !== null) { ${step} }`;
          } else if (access === 'properties') {
            const present = layout.nullable ? 'v !== null && v !== undefined' : 'true';
            body = `let v = row.${layout.name};
              if (${present}) { ${propertyText(layout)} ${step} }`;
          } else {
            const read = hoisted.some(({ offset }) => offset === layout.offset);
            body = `const v = ${read ? `field${layout.offset}` : scalarText(layout)}; ${step}`;
            if (layout.nullable) {
              body = `if (memory.u16[(at + ${layout.entry}) >> 1] !== 0) { ${body} }`;
            }
          }
        }
        return where === undefined ? `{ ${body} }` : `if (${this.#passes(where)}) { ${body} }`;
      })
      .join('\n');
    const own = this.#heaps.length === 0 ? '' : 'grown += foldHeaps(heap, row, timestamp);';
    const first = this.#heaps.length;
    const sets = this.#sets.foldText(first, access, (where) => this.#passes(where));
    return `${lines.length === 0 ? '' : `const ${lines.join(', ')};`}
      ${folds} ${heap ? `${own} ${sets}` : ''}`;
  }

  /** Name of the variable that says whether the row at hand passes the filter. */
  #passes(where: (row: unknown) => boolean): string {
    return `passes${this.#wheres.indexOf(where)}`;
  }

  #asks(where: (row: unknown) => boolean): string {
    return `where${this.#wheres.indexOf(where)}(row)`;
  }

  /** Fields that several word folds read, one of them of every row: they are read once. */
  #readAlways(): FieldLayout[] {
    const found: Map<number, { layout: FieldLayout; readers: number; always: boolean }> = new Map();
    for (const { bound, fold } of this.#words) {
      const layout = bound.value?.layout;
      if (layout === undefined || layout.nullable || fold.words === 0) continue;
      const known = found.get(layout.offset);
      found.set(layout.offset, {
        layout,
        readers: (known?.readers ?? 0) + 1,
        always: known?.always === true || bound.where === undefined,
      });
    }
    return [...found.values()].flatMap(({ layout, readers, always }) =>
      readers > 1 && always ? [layout] : [],
    );
  }

  mergeText(a: WordText, b: WordText): string {
    const copy = (from: number, to: number): string =>
      Array.from({ length: to - from }, (_, i) => `${a(from + i)} = ${b(from + i)};`).join(' ');
    const merges = this.#words.map(({ fold, n, at }, index) => {
      const text = (na: string, nb: string): string =>
        ownCalls(
          fold.mergeText(
            (k) => a(at + k),
            (k) => b(at + k),
            na,
            nb,
          ),
          fold,
          index,
        );
      if (n === 0) return text('rows', 'more');
      return `{ const nb = ${b(n)};
        if (nb !== 0) { const na = ${a(n)};
          if (na === 0) { ${copy(at, at + fold.words)} } else { ${text('na', 'nb')} }
          ${a(n)} = na + nb; } }`;
    });
    return `const rows = ${a(0)}, more = ${b(0)};
      if (rows === 0) { ${copy(0, this.#stride)} }
      else { ${merges.join('\n')} ${a(0)} = rows + more; }`;
  }

  subtractText(a: WordText, b: WordText): string {
    const parts = this.#words.map(({ fold, n, at }) => {
      const text =
        fold.subtractText?.(
          (k) => a(at + k),
          (k) => b(at + k),
        ) ?? '';
      return n === 0 ? text : `${text} ${a(n)} -= ${b(n)};`;
    });
    const clear = Array.from({ length: this.#stride }, (_, k) => `${a(k)} = 0;`).join(' ');
    return `if (${a(0)} === ${b(0)}) { ${clear} } else { ${a(0)} -= ${b(0)}; ${parts.join(' ')} }`;
  }

  resultsText(target: string, page: string, o: string): string {
    const words = this.#words
      .map(({ name, fold, n, at }, index) => {
        const values = wordsAt(page, o)(n);
        const found = `result${index}(${page}, ${o} + ${at}, ${values})`;
        // Word 0 is not 0 here.
        const value = n === 0 ? found : `${values} === 0 ? empty${index} : ${found}`;
        return `${target}[${JSON.stringify(name)}] = ${fold.words === 0 ? values : value};`;
      })
      .join(' ');
    const heaps = this.#heaps.map(
      ({ name }, i) => `${target}[${JSON.stringify(name)}] = heapResult${i}(heap[${i}]);`,
    );
    return `${words} ${heaps.join(' ')} ${this.#sets.resultsText(target, this.#heaps.length)}`;
  }
}

/** Names that a fold's text calls, made its own by the member's number. */
function ownCalls(text: string, fold: WordFold, index: number): string {
  let own = text;
  for (const name of Object.keys(fold.bindings)) {
    own = own.replaceAll(new RegExp(`\\b${name}\\(`, 'g'), `${name}${index}(`);
  }
  return own;
}
