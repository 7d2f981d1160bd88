/**
 * The declared result of a join: fields copied from both rows, texts as bytes, without a call of user code.
 *
 * Each result is written as a row of the result's type and emitted as a view of it, so that the operators behind see what
 * they see of any typed row.
 */

import { compileCodec, Memory, RowViewBase } from '../../record/index.ts';
import type { RecordType } from '../../record/index.ts';
import { generate } from '../generated.ts';
import type { OperatorContext } from '../operator.ts';

/** Which fields a result has, by name: `{ price: 'right.price' }`. */
export interface JoinSelect {
  readonly fields: { readonly [name: string]: `left.${string}` | `right.${string}` };
  /** Record type of the results; its fields have the types of the fields they are copied from. */
  readonly type: RecordType;
}

type Fill = (into: Record<string, unknown>, left: unknown, right: unknown) => void;

/** Where a result is written: behind the header of a row. */
const AT = 8;

/**
 * The function of one operator instance: gives a view that is valid until the next call. Fields of the side that has no
 * match are null.
 */
export function compileJoinSelect(
  select: JoinSelect,
  context: OperatorContext,
): (left: unknown, right: unknown) => unknown {
  const { fields, type } = select;
  const codec = compileCodec(type);
  const view = codec.createView();
  let memory = Memory.ofBytes(256);
  view.bind(memory);
  view.at = AT;
  const parts = Object.entries(fields).map(([name, path]) => {
    const left = path.startsWith('left.');
    return { name, left, field: path.slice(left ? 5 : 6) };
  });
  const texts = context.inputs.map((input) => {
    const found = input.type?.descriptor.fields ?? [];
    return new Set(
      found.filter(({ type: { kind } }) => kind === 'utf8' || kind === 'bytes').map((f) => f.name),
    );
  });
  const isText = (part: (typeof parts)[number]): boolean =>
    texts[part.left ? 0 : 1]!.has(part.field);
  const source = `return function select(into, left, right) {
  ${parts
    .map((part) => {
      const side = part.left ? 'left' : 'right';
      const field = JSON.stringify(part.field);
      const read = isText(part)
        ? `${side} instanceof RowViewBase ? ${side}.sliceOf(${field}) : ${side}[${field}]`
        : `${side}[${field}]`;
      return `into[${JSON.stringify(part.name)}] = ${side} === undefined ? null : ${read};`;
    })
    .join('\n  ')}
};`;
  const plain: Fill = (into, left, right) => {
    for (const part of parts) {
      const row = part.left ? left : right;
      into[part.name] =
        row === undefined ? null : (row as Readonly<Record<string, unknown>>)[part.field];
    }
  };
  const fill = generate<Fill>('join select', source, { RowViewBase }) ?? plain;
  const result: Record<string, unknown> = Object.fromEntries(parts.map(({ name }) => [name, null]));
  return (left, right) => {
    fill(result, left, right);
    const bound = AT + codec.boundOf(result);
    if (bound > memory.u8.length) {
      memory = Memory.ofBytes(Math.ceil(bound / 4) * 8);
      view.bind(memory);
    }
    memory.i32[0] = codec.write(result, memory, AT);
    return view;
  };
}
