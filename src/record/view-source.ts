/** Source text of the view class and of `read`; a part of the codec compiler. */

import type { FieldLayout, RowLayout } from './layout.ts';
import { indexAt, loadScalar } from './scalar-source.ts';
import { isScalar } from './scalar.ts';
import { inlineBytesOf } from './wire.ts';

/** The class: one getter for each field, at constant offsets. */
export function viewSource(layout: RowLayout, fingerprint: string): string {
  const members = layout.fields.map(getterSource);
  const slices = layout.fields.filter(({ type }) => type.kind === 'utf8' || type.kind === 'bytes');
  const cases = slices.map(
    ({ name, offset, nullable, entry }) =>
      `case '${name}': { const at = this.at; ${nullable ? `if (this.u16[(at + ${entry}) >> 1] === 0) return null; ` : ''}return this.$${name}.set(this.memory, at + ${offset} + this.i32[(at + ${offset}) >> 2]); }`,
  );
  return `
class View extends RowViewBase {
  ${slices.map(({ name }) => `$${name} = new RowSlice();`).join('\n  ')}
  ${layout.fields.map(({ id, name, type }) => (type.kind === 'record' ? `$${name} = nested${id}.createView();` : '')).join('\n  ')}
  get typeFingerprint() { return ${fingerprint}; }
  get $type() { return type; }
  ${layout.fixedBytes > 0 ? `get rowBytes() { return ${layout.fixedBytes}; }` : ''}
  copy() { return read(this.memory, this.at); }
  ${members.join('\n  ')}
  sliceOf(field) {
    switch (field) {
      ${cases.join('\n      ')}
      default: return undefined;
    }
  }
}`;
}

/** A plain object from the row at `at`, and the functions that decode lists. */
export function readSource(layout: RowLayout): string {
  const fields = layout.fields.map((field) => {
    const value = valueSource(field);
    return `${field.name}: ${absent(field, 'u16', value)}`;
  });
  return `
${layout.fields.map(listSource).join('')}
function read(memory, at) {
  const { u8, u16, i32, f32, f64 } = memory;
  return { ${fields.join(', ')} };
}`;
}

function absent({ nullable, entry }: FieldLayout, u16: string, value: string): string {
  return nullable ? `(${u16}[(at + ${entry}) >> 1] === 0 ? null : ${value})` : value;
}

function getterSource(field: FieldLayout): string {
  const { id, name, type, offset, nullable, entry } = field;
  const lines = ['const at = this.at;'];
  if (nullable) lines.push(`if (this.u16[(at + ${entry}) >> 1] === 0) return null;`);
  const array = arrayOf(field);
  lines.push(`const ${array} = this.${array};`);
  if (type.kind === 'record') {
    lines.push(
      `const view = this.$${name}; if (view.memory !== this.memory) view.bind(this.memory);`,
      `view.at = at + ${offset} + i32[(at + ${offset}) >> 2] - nestedTable${id}; return view;`,
    );
  } else {
    if (!isScalar(type)) lines.push('const memory = this.memory;');
    lines.push(`return ${valueSource(field)};`);
  }
  return `get ${name}() { ${lines.join(' ')} }`;
}

/** The typed array that holds the inline value. */
function arrayOf({ type: { kind } }: FieldLayout): string {
  if (kind === 'bool' || kind === 'i8' || kind === 'u8') return 'u8';
  if (kind === 'i16' || kind === 'u16') return 'u16';
  return kind === 'f32' || kind === 'f64' ? kind : 'i32';
}

function valueSource({ id, type, offset }: FieldLayout): string {
  if (isScalar(type)) return loadScalar(type, indexAt('at', offset), id);
  const target = `at + ${offset} + i32[(at + ${offset}) >> 2]`;
  switch (type.kind) {
    case 'utf8':
      return type.dictionary === true
        ? `cache.read(memory, ${target})`
        : `readText(memory, ${target})`;
    case 'bytes':
      return `readBytes(memory, ${target})`;
    case 'list':
      return `list${id}(memory, ${target})`;
    case 'record':
      return `nested${id}.read(memory, ${target} - nestedTable${id})`;
  }
}

function listSource({ id, type }: FieldLayout): string {
  if (type.kind !== 'list') return '';
  const { of } = type;
  const width = inlineBytesOf(of);
  const index = (shift: number): string => (shift === 0 ? 'e' : `e >> ${shift}`);
  const element =
    of.kind === 'utf8'
      ? `${of.dictionary === true ? 'cache.read' : 'readText'}(memory, e + i32[e >> 2])`
      : of.kind === 'record'
        ? `nested${id}.read(memory, e + i32[e >> 2] - nestedTable${id})`
        : of.kind === 'bytes' || of.kind === 'list'
          ? 'undefined'
          : loadScalar(of, index, id);
  return `
function list${id}(memory, at) {
  const { u8, u16, i32, f32, f64 } = memory;
  const out = [];
  for (let e = at + 4, end = e + ${width} * i32[at >> 2]; e < end; e += ${width}) out.push(${element});
  return out;
}`;
}
