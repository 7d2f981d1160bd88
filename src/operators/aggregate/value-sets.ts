/**
 * The sets of an operator's distinct counts: one for all aggregates over the same values, which differ in their filters
 * alone, as Flink shares one map of them. Sets stand on the heap, behind the values of heap folds.
 */

import type { BoundAggregate, RowAccess, SetFold, ValueReader, ValueSet } from './aggregate.ts';
import { COUNT_FIELDS, FILTERS_MAX } from './filter-counts.ts';
import { propertyText, scalarText } from './value-reader.ts';

interface Member {
  readonly name: string;
  readonly where: ((row: unknown) => boolean) | undefined;
}

/** One set. */
interface Group {
  readonly fold: SetFold;
  readonly value: ValueReader;
  readonly members: Member[];
}

/** How generated text asks whether a filter lets the row pass. */
export type PassesText = (where: (row: unknown) => boolean) => string;

/** Owner: the subtask's worker. */
export class ValueSets {
  readonly #groups: Group[] = [];

  /** Takes in an aggregate with a set fold. */
  add(name: string, { fold, value, where }: BoundAggregate): void {
    const shared = this.#groups.find(
      (group) =>
        group.fold === fold &&
        group.value.source === value!.source &&
        group.members.length < FILTERS_MAX,
    );
    const member = { name, where };
    if (shared !== undefined) shared.members.push(member);
    else this.#groups.push({ fold: fold as SetFold, value: value!, members: [member] });
  }

  get count(): number {
    return this.#groups.length;
  }

  /** What {@link addText} calls, by name. */
  get bindings(): Readonly<Record<string, unknown>> {
    const bindings: Record<string, unknown> = {};
    this.#groups.forEach(({ fold, value }, g) => {
      Object.assign(bindings, fold.bindings);
      bindings[`addSet${g}`] = (set: ValueSet, v: unknown, mask: number) => fold.add(set, v, mask);
      bindings[`readSet${g}`] = (row: unknown) => value.read(row);
    });
    return bindings;
  }

  /** Empty sets. */
  create(): ValueSet[] {
    return this.#groups.map(({ fold, members }) => fold.create(members.length));
  }

  /** Folds a row into the sets from `heap[first]` on; returns by how many bytes they grew. */
  fold(heap: readonly unknown[], first: number, row: unknown): number {
    let grown = 0;
    for (let g = 0; g < this.#groups.length; g++) {
      const { fold, members, value } = this.#groups[g]!;
      let mask = 0;
      for (let i = 0; i < members.length; i++) {
        const { where } = members[i]!;
        if (where === undefined || where(row)) mask |= 1 << i;
      }
      const read = mask === 0 ? null : value.read(row);
      if (read !== null) grown += fold.add(heap[first + g] as ValueSet, read, mask);
    }
    return grown;
  }

  /**
   * {@link fold} as statements over `heap`, which add to `grown` by how many bytes the sets grew.
   *
   * @param access how the row is read
   */
  foldText(first: number, access: RowAccess, passes: PassesText): string {
    return this.#groups
      .map(({ fold, members, value: { layout } }, g) => {
        const bits = members.map(({ where }, i) =>
          where === undefined ? String(1 << i) : `(${passes(where)} ? ${1 << i} : 0)`,
        );
        const set = `heap[${first + g}]`;
        const always = members.some(({ where }) => where === undefined);
        let step: string;
        if (layout === undefined || access === 'calls') {
          step = `const v = readSet${g}(row); if (v !== null) grown += addSet${g}(${set}, v, mask);`;
        } else if (access === 'properties') {
          const present = layout.nullable ? 'v !== null && v !== undefined' : 'true';
          step = `let v = row.${layout.name};
            if (${present}) { ${propertyText(layout)} grown += ${fold.addText(set, 'mask')}; }`;
        } else {
          step = `const v = ${scalarText(layout)}; grown += ${fold.addText(set, 'mask')};`;
          if (layout.nullable) {
            step = `if (memory.u16[(at + ${layout.entry}) >> 1] !== 0) { ${step} }`;
          }
        }
        return `{ const mask = ${bits.join(' | ')}; ${always ? step : `if (mask !== 0) { ${step} }`} }`;
      })
      .join('\n');
  }

  /** Whether all values are numbers, which can be told one by one. */
  get numeric(): boolean {
    return this.#groups.every(({ fold }) => fold.forEach !== undefined);
  }

  /**
   * Writes the values of all sets as pairs, [set * 256 + mask, value].
   *
   * @returns how many numbers were written
   */
  encode(heap: readonly unknown[], first: number, into: Float64Array): number {
    let n = 0;
    for (let g = 0; g < this.#groups.length; g++) {
      this.#groups[g]!.fold.forEach!(heap[first + g] as ValueSet, (value, mask) => {
        into[n++] = g * 256 + mask;
        into[n++] = value;
      });
    }
    return n;
  }

  /** Takes in what {@link encode} wrote; returns by how many bytes the sets grew. */
  decode(heap: readonly unknown[], first: number, from: Float64Array, count: number): number {
    let grown = 0;
    for (let i = 0; i < count; i += 2) {
      const tag = from[i]!;
      const g = tag >> 8;
      grown += this.#groups[g]!.fold.add(heap[first + g] as ValueSet, from[i + 1]!, tag & 255);
    }
    return grown;
  }

  /** Number of values of all sets of `heap`, about, as an expression. */
  sizeText(first: number): string {
    return this.#groups.map((_, g) => `heap[${first + g}].size`).join(' + ');
  }

  /** Merges sets; those of `from` stay as they are. */
  merge(heap: readonly unknown[], from: readonly unknown[], first: number): void {
    for (let g = 0; g < this.#groups.length; g++) {
      this.#groups[g]!.fold.merge(heap[first + g] as ValueSet, from[first + g] as ValueSet);
    }
  }

  /** Bytes of sets, an estimate. */
  bytes(heap: readonly unknown[], first: number): number {
    let bytes = 0;
    for (let g = 0; g < this.#groups.length; g++) {
      bytes += this.#groups[g]!.fold.bytesOf(heap[first + g] as ValueSet);
    }
    return bytes;
  }

  /** Writes the counts into `target` under their names. */
  resultsInto(target: Record<string, unknown>, heap: readonly unknown[], first: number): void {
    for (let g = 0; g < this.#groups.length; g++) {
      const { members } = this.#groups[g]!;
      const set = heap[first + g] as ValueSet;
      for (let i = 0; i < members.length; i++) target[members[i]!.name] = set[COUNT_FIELDS[i]!];
    }
  }

  /** {@link resultsInto} as statements over `heap`. */
  resultsText(target: string, first: number): string {
    return this.#groups
      .map(({ members }, g) => {
        const stores = members.map(
          ({ name }, i) => `${target}[${JSON.stringify(name)}] = set.${COUNT_FIELDS[i]!};`,
        );
        return `{ const set = heap[${first + g}]; ${stores.join(' ')} }`;
      })
      .join('\n');
  }
}
