/** Source text of `boundOf` and `write`; a part of the codec compiler. */

import type { FieldLayout, RowLayout } from './layout.ts';
import { indexAt, storeScalar } from './scalar-source.ts';
import { isScalar } from './scalar.ts';
import { runsOf, textRunSource } from './text-run-source.ts';
import { inlineBytesOf } from './wire.ts';

/** The expression that gives the value of a field of `row`. */
type ValueOf = (field: FieldLayout) => string;

const ofObject: ValueOf = ({ name }) => `row.${name}`;

/** Of a view of any type: texts and bytes as slices where it has them. */
const ofView: ValueOf = (field) => {
  const value = ofObject(field);
  const { kind } = field.type;
  return kind === 'utf8' || kind === 'bytes' ? `(row.sliceOf('${field.name}') ?? ${value})` : value;
};

/**
 * Upper bound of a row's bytes; a constant when there is no variable part. A view of the same type knows its length, one
 * of a type with these fields is measured as bytes; of any other view, texts are measured as slices.
 */
export function boundSource(layout: RowLayout, fingerprint: string): string {
  if (layout.fixedBytes > 0) return `function boundOf(row) { return ${layout.fixedBytes}; }`;
  const terms = (valueOf: ValueOf): string => {
    const lines = layout.fields.map((field) => boundTerm(field, valueOf(field)));
    return lines.filter((term) => term !== '').join('\n  ');
  };
  return `
function boundOf(row) {
  if (typeof row !== 'object' || row === null) failRow(row);
  const kind = row.typeFingerprint;
  if (kind !== undefined) {
    if (kind === ${fingerprint}) return row.rowBytes;
    if (kind !== otherKind) meet(row);
    return other === undefined ? boundOfView(row) : otherBound(row);
  }
  let n = ${layout.inlineBytes};
  ${terms(ofObject)}
  return (n + 7) & -8;
}
function boundOfView(row) {
  let n = ${layout.inlineBytes};
  ${terms(ofView)}
  return (n + 7) & -8;
}`;
}

function boundTerm({ id, type }: FieldLayout, value: string): string {
  if (isScalar(type)) return '';
  switch (type.kind) {
    case 'utf8':
    case 'bytes':
      return `{ const v = ${value}; n += typeof v === 'string' ? 8 + 3 * v.length : boundOfText(v); }`;
    case 'record':
      return `{ const v = ${value}; if (v !== null && v !== undefined) n += 12 + nested${id}.boundOf(v); }`;
    case 'list': {
      const { of } = type;
      const each =
        of.kind === 'utf8'
          ? 'for (let i = 0; i < v.length; i++) n += 4 + boundOfText(v[i]);'
          : of.kind === 'record'
            ? `for (let i = 0; i < v.length; i++) n += 16 + nested${id}.boundOf(v[i]);`
            : `n += ${inlineBytesOf(of)} * v.length;`;
      return `{ const v = ${value}; if (isList(v)) { n += 12; ${each} } }`;
    }
  }
}

/** What copies rows of the last other type that was met; undefined when fields are to be read one by one. */
export const OTHER_SOURCE = `
let otherKind, other, otherBound, otherWrite;
function meet(row) {
  other = copierOf(row);
  otherKind = row.typeFingerprint;
  otherBound = other?.boundOf;
  otherWrite = other?.write;
}`;

/** Straight-line stores: constant words, gaps, fields in order of ids, then padding. */
export function writeSource(layout: RowLayout, fingerprint: string): string {
  return `
function write(row, memory, at) {
  if (typeof row !== 'object' || row === null) failRow(row);
  const kind = row.typeFingerprint;
  if (kind !== undefined) {
    if (kind === ${fingerprint}) return copyOwn(row, memory, at);
    if (kind !== otherKind) meet(row);
    return other === undefined ? writeView(row, memory, at) : otherWrite(row, memory, at);
  }
  ${storesSource(layout, ofObject)}
}
function writeView(row, memory, at) {
  ${storesSource(layout, ofView)}
}
function copyOwn(row, memory, at) {
  const n = ${layout.fixedBytes > 0 ? layout.fixedBytes : 'row.rowBytes'};
  copyRow(row.memory, row.at, n, memory, at);
  return n;
}`;
}

function storesSource(layout: RowLayout, valueOf: ValueOf): string {
  const lines = [`const { ${arraysOf(layout)} } = memory;`, 'const w = at >> 2;'];
  lines.push(...headerSource(layout.header));
  for (const gap of layout.gaps) lines.push(`i32[w + ${gap / 4}] = 0;`);
  if (layout.fixedBytes > 0) {
    if (layout.fixedBytes > layout.inlineBytes) {
      lines.push(`i32[w + ${layout.inlineBytes / 4}] = 0;`);
    }
  } else {
    lines.push(`let p = at + ${layout.inlineBytes};`);
  }
  for (const run of runsOf(layout.fields)) {
    lines.push(
      run.length === 1
        ? fieldSource(run[0]!, layout, valueOf(run[0]!))
        : textRunSource(run, (field) => storeSource(field, layout), valueOf),
    );
  }
  lines.push(
    layout.fixedBytes > 0
      ? `return ${layout.fixedBytes};`
      : 'if ((p & 4) !== 0) { i32[p >> 2] = 0; p += 4; }\n  return p - at;',
  );
  return lines.join('\n  ');
}

/**
 * The constant words, two by two as one float64 where the pair is a number that JavaScript keeps bit for bit (not a NaN, not
 * a zero): half the stores.
 */
export function headerSource(header: Int32Array): string[] {
  const lines: string[] = [];
  for (let i = 0; i < header.length; i += 2) {
    const pair = new Int32Array([header[i]!, header[i + 1] ?? 0]);
    const value = new Float64Array(pair.buffer)[0]!;
    if (i + 1 < header.length && Number.isFinite(value) && value !== 0) {
      lines.push(`f64[(at >> 3) + ${i / 2}] = ${value};`);
    } else {
      lines.push(`i32[w + ${i}] = ${header[i]};`);
      if (i + 1 < header.length) lines.push(`i32[w + ${i + 1}] = ${header[i + 1]};`);
    }
  }
  return lines;
}

/** The typed arrays that the stores of this layout touch. */
function arraysOf(layout: RowLayout): string {
  const used = new Set(['i32', 'f64']);
  for (const { type, nullable } of layout.fields) {
    if (nullable) used.add('u16');
    const { kind } = type.kind === 'list' ? type.of : type;
    if (kind === 'bool' || kind === 'i8' || kind === 'u8') used.add('u8');
    else if (kind === 'i16' || kind === 'u16') used.add('u16');
    else if (kind === 'f32' || kind === 'f64') used.add(kind);
  }
  return [...used].join(', ');
}

function fieldSource(field: FieldLayout, layout: RowLayout, value: string): string {
  const store = storeSource(field, layout);
  if (!field.nullable) return `{ const v = ${value}; ${store} }`;
  const absent = `u16[(at + ${field.entry}) >> 1] = 0; ${zeroSource(field)}`;
  return `{ const v = ${value}; if (v === null || v === undefined) { ${absent} } else { ${store} } }`;
}

/** The place of a null field is zero, so that equal rows have equal bytes. */
export function zeroSource({ offset, width }: FieldLayout): string {
  switch (width) {
    case 1:
      return `u8[at + ${offset}] = 0;`;
    case 2:
      return `u16[(at + ${offset}) >> 1] = 0;`;
    case 4:
      return `i32[(at + ${offset}) >> 2] = 0;`;
    default:
      return `i32[(at + ${offset}) >> 2] = 0; i32[(at + ${offset + 4}) >> 2] = 0;`;
  }
}

function storeSource(field: FieldLayout, layout: RowLayout): string {
  const { id, type, offset } = field;
  if (isScalar(type)) return storeScalar(type, indexAt('at', offset), id);
  const slot = `at + ${offset}`;
  switch (type.kind) {
    case 'utf8':
      return `i32[(${slot}) >> 2] = p - (${slot}); if (typeof v === 'string') p = writeText(memory, p, v); else { p = writeBytes(memory, p, v, 1); if (p < 0) fail(${id}, v); }`;
    case 'bytes':
      return `i32[(${slot}) >> 2] = p - (${slot}); p = writeBytes(memory, p, v, 0); if (p < 0) fail(${id}, v);`;
    case 'record':
      return `if (typeof v !== 'object' || v === null) fail(${id}, v); ${nestedSource(id, slot)}`;
    case 'list':
      return listSource(field, layout);
  }
}

/** Writes the record `v` as a row of its own behind a frame header at `p`. */
function nestedSource(id: number, slot: string): string {
  return `if ((p & 4) !== 0) { i32[p >> 2] = 0; p += 4; }
    i32[(${slot}) >> 2] = p + 8 + nestedTable${id} - (${slot});
    { const n = nested${id}.write(v, memory, p + 8); i32[p >> 2] = n; i32[(p + 4) >> 2] = 0; p += 8 + n; }`;
}

function listSource({ id, type, offset }: FieldLayout, layout: RowLayout): string {
  if (type.kind !== 'list') return '';
  const { of } = type;
  const width = inlineBytesOf(of);
  const align = width === 8 ? 'if ((p & 4) === 0) { i32[p >> 2] = 0; p += 4; }' : '';
  const head = `if (!isList(v)) fail(${id}, v); ${align}
    i32[(at + ${offset}) >> 2] = p - (at + ${offset});
    const list = v, count = list.length, first = p + 4; i32[p >> 2] = count;`;
  if (of.kind === 'utf8') {
    return `${head} p = first + 4 * count;
    for (let i = 0; i < count; i++) { const v = list[i], s = first + 4 * i; i32[s >> 2] = p - s;
      if (typeof v === 'string') p = writeText(memory, p, v); else { p = writeBytes(memory, p, v, 1); if (p < 0) fail(${id}, v, i); } }`;
  }
  if (of.kind === 'record') {
    return `${head} p = first + 4 * count;
    for (let i = 0; i < count; i++) { const v = list[i], s = first + 4 * i;
      if (typeof v !== 'object' || v === null) fail(${id}, v, i); ${nestedSource(id, 's')} }`;
  }
  if (of.kind === 'list' || of.kind === 'bytes') {
    throw new TypeError(`no list of ${of.kind} in ${layout.name}`);
  }
  const index = (shift: number): string => (shift === 0 ? 'e' : `e >> ${shift}`);
  const tail = width < 4 ? `i32[(first + ${width} * count) >> 2] = 0;` : '';
  return `${head} ${tail}
    for (let i = 0; i < count; i++) { const v = list[i], e = first + ${width} * i; ${storeScalar(of, index, id, 'i')} }
    p = (first + ${width} * count + 3) & -4;`;
}
