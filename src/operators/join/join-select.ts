/**
 * The declared result of a join: fields copied from both rows, texts as bytes, without a call of user code.
 *
 * Each result is written as a row of the result's type and emitted as a view of it, so that the operators behind see what
 * they see of any typed row.
 */

import { alignUp } from '../../base/index.ts';
import {
  compileCodec,
  layoutOf,
  Memory,
  PAYLOAD_BYTES_MASK,
  RowViewBase,
} from '../../record/index.ts';
import type { RecordType, RowCodec, RowView } from '../../record/index.ts';
import { generate } from '../generated.ts';
import type { OperatorContext } from '../operator.ts';
import { RowBytes } from '../row-bytes.ts';
import { copiedFields, copiesMax, selectBytesSource } from './select-bytes.ts';

/** Which fields a result has, by name: `{ price: 'right.price' }`. */
export interface JoinSelect {
  readonly fields: { readonly [name: string]: `left.${string}` | `right.${string}` };
  /** Record type of the results; its fields have the types of the fields they are copied from. */
  readonly type: RecordType;
}

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
  return compileBytes(select, context) ?? compileFields(select, context);
}

/** Room for the rows of one operator instance, and the view of the last one. */
class Scratch {
  readonly codec: RowCodec;
  readonly view: RowView;
  memory: Memory = Memory.ofBytes(256);

  constructor(type: RecordType) {
    this.codec = compileCodec(type);
    this.view = this.codec.createView();
    this.view.bind(this.memory);
    this.view.at = AT;
  }

  /** Lets `bytes` bytes be written at `AT`. */
  grow(bytes: number): Memory {
    this.memory = Memory.ofBytes(Math.ceil((AT + bytes) / 4) * 8);
    this.view.bind(this.memory);
    return this.memory;
  }
}

type Write = (left: unknown, right: unknown) => RowView;

/** From bytes to bytes; undefined where a field is no scalar and no text, and on hosts that forbid code generation. */
export function compileBytes(
  { fields, type }: JoinSelect,
  { inputs }: Pick<OperatorContext, 'inputs'>,
): Write | undefined {
  const [left, right] = inputs;
  const copied = copiedFields(fields, type, left?.type, right?.type);
  if (copied === undefined) return undefined;
  const layout = layoutOf(type.descriptor);
  const scratch = new Scratch(type);
  const locate = (side: 'l' | 'r', row: string, fingerprint: string): string => `
  let ${side}m, ${side}a = 0;
  if (${row} !== undefined) {
    if (${row}.typeFingerprint === ${JSON.stringify(fingerprint)}) { ${side}m = ${row}.memory; ${side}a = ${row}.at; }
    else { ${row}Bytes.take(${row}); ${side}m = ${row}Bytes.memory; ${side}a = ${row}Bytes.at; }
    ${layout.fixedBytes > 0 ? '' : `bound += ${copiesMax(copied)} * (${side}m.i32[(${side}a - 8) >> 2] & ${PAYLOAD_BYTES_MASK});`}
  }`;
  const { inlineBytes } = layout;
  const source = `
function write(lm, la, rm, ra, memory, at) {
  ${selectBytesSource(copied, layout, { left: true, right: true })}
}
let memory = scratch.memory;
const view = scratch.view;
return function select(left, right) {
  let bound = ${alignUp(inlineBytes, 8) + 8};
  ${locate('l', 'left', left!.type!.fingerprint)}
  ${locate('r', 'right', right!.type!.fingerprint)}
  if (bound + ${AT} > memory.u8.length) memory = scratch.grow(bound);
  memory.i32[0] = write(lm, la, rm, ra, memory, ${AT});
  return view;
};`;
  return generate<Write>('join select', source, {
    scratch,
    leftBytes: new RowBytes(left!.codec!),
    rightBytes: new RowBytes(right!.codec!),
  });
}

/** The twin by values, and what copies lists and records: an object is filled and written. */
export function compileFields(
  { fields, type }: JoinSelect,
  { inputs }: Pick<OperatorContext, 'inputs'>,
): Write {
  const scratch = new Scratch(type);
  const { codec, view } = scratch;
  const parts = Object.entries(fields).map(([name, path]) => {
    const left = path.startsWith('left.');
    const field = path.slice(left ? 5 : 6);
    const kind = inputs[left ? 0 : 1]!.type?.descriptor.fields.find((f) => f.name === field)?.type;
    return { name, left, field, text: kind?.kind === 'utf8' || kind?.kind === 'bytes' };
  });
  const result: Record<string, unknown> = Object.fromEntries(parts.map(({ name }) => [name, null]));
  return (left, right) => {
    for (const { name, left: isLeft, field, text } of parts) {
      const row = isLeft ? left : right;
      if (row === undefined) result[name] = null;
      else if (text && row instanceof RowViewBase) result[name] = row.sliceOf(field);
      else result[name] = (row as Readonly<Record<string, unknown>>)[field];
    }
    const bound = codec.boundOf(result);
    if (AT + bound > scratch.memory.u8.length) scratch.grow(bound);
    scratch.memory.i32[0] = codec.write(result, scratch.memory, AT);
    return view;
  };
}
