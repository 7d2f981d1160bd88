/**
 * Writes and compiles the driver of a chain: one closure family per subtask, every call site seeing one target.
 *
 * Hot path: no allocation per row but what user code makes; constant offsets; one `claim` and one `commit` per row and
 * edge, the atomic publish is per segment. The twin in `chain-plain.ts` says the same in plain closures.
 *
 * Shape of the text, for `ring -> filter -> map -> edge`:
 *
 *     p1(r, t): operator 1 takes a row          e1(r, t): operator 1 emits a row
 *     w0(r, t): edge 0 takes a row              d0(reader, max): loop over the frames of input edge 0
 */

import { murmur32 } from '../base/index.ts';
import { copyRow, hashKeyValue, NO_TIMESTAMP, PAYLOAD_BYTES_MASK } from '../record/index.ts';
import type { RowView } from '../record/index.ts';
import type { ChainDriver, ChainSpec, OutputEdge } from './chain-spec.ts';
import { checkTimestamp } from '../operators/index.ts';
import { bindCollector } from './collector.ts';
import { RowRun } from './row-run.ts';

let compiled = 0;

/**
 * Compiles the driver.
 *
 * @throws EvalError where code generation is forbidden; use the plain twin then
 */
export function compileChain(spec: ChainSpec): ChainDriver {
  const views = spec.inputs.map((input) =>
    input.codec.generic ? undefined : input.codec.createView(),
  );
  const text = chainText(spec);
  // The text is made of constants and indexes: of the user's names only quoted tags and a cleaned label enter it.
  // oxlint-disable-next-line typescript/no-implied-eval
  const make = new Function('env', text) as (env: Environment) => ChainDriver;
  const last = { row: undefined as unknown };
  return make({
    spec,
    views,
    last,
    copyRow,
    RowRun,
    murmur32,
    hashKeyValue,
    bindCollector,
    checkTimestamp,
  });
}

interface Environment {
  readonly spec: ChainSpec;
  readonly views: readonly (RowView | undefined)[];
  readonly last: { row: unknown };
  readonly copyRow: typeof copyRow;
  readonly RowRun: typeof RowRun;
  readonly murmur32: typeof murmur32;
  readonly hashKeyValue: typeof hashKeyValue;
  readonly bindCollector: typeof bindCollector;
  readonly checkTimestamp: typeof checkTimestamp;
}

/** The program text; exported for the golden test. */
export function chainText(spec: ChainSpec): string {
  const lines: string[] = [
    `// ${spec.label.replace(/[^\w >-]/g, '_')} #${compiled++}`,
    '"use strict";',
    'const { spec, views, copyRow, RowRun, murmur32, hashKeyValue, bindCollector, checkTimestamp, last } = env;',
    'const { current, counts } = spec;',
  ];
  const asView = operatorsSeeingViews(spec);
  spec.edges.forEach((edge, j) =>
    lines.push(...edgeText(edge, j, edgeSeesViews(spec, j, asView), spec.maxParallelism)),
  );
  spec.operators.forEach((operator, k) => {
    lines.push(`const o${k} = spec.operators[${k}].operator, f${k} = spec.operators[${k}].fn;`);
    // An edge that refuses a row is the operator's failure, and its rows are left out.
    const own = operator.leaveOut === undefined ? '' : `current.operator = ${k};`;
    lines.push(`function e${k}(r, t) { ${emission(operator.children, operator.edges, own)} }`);
    for (const [tag, side] of Object.entries(operator.sides)) {
      lines.push(
        `function s${k}_${tagName(tag)}(r, t) { ${side.children.map((c) => `counts[${2 * c}]++;`).join(' ')} ${emission(side.children, side.edges)} }`,
      );
    }
    const sides = Object.keys(operator.sides).map(
      (tag) => `${JSON.stringify(tag)}: s${k}_${tagName(tag)}`,
    );
    lines.push(
      `const c${k} = spec.collectors[${k}]; bindCollector(spec, ${k}, e${k}, { ${sides.join(', ')} });`,
      // A function of its own, so that the operator's emit sees one target.
      `const change${k} = c${k}.emitChange;`,
      `c${k}.emit = (r, t) => { if (current.rowKind !== 0) return change${k}(0, r, t); counts[${2 * k + 1}]++; e${k}(r, t); current.operator = ${k}; };`,
    );
    lines.push(operatorText(spec, k));
  });
  spec.inputs.forEach((_, i) => lines.push(driveText(spec, i)));
  const list = (prefix: string, count: number): string =>
    Array.from({ length: count }, (_, i) => `${prefix}${i}`).join(', ');
  lines.push(
    feedText(spec),
    `function flush() { ${spec.edges.map((_, j) => `flush${j}();`).join(' ')} }`,
    `function isFull() { return ${spec.edges.map((_, j) => `pressure${j}.full`).join(' || ') || 'false'}; }`,
    'return {',
    `  drives: [${list('d', spec.inputs.length)}], feed, isFull, flush,`,
    '  currentRow() { return last.row; },',
    '};',
  );
  return lines.join('\n');
}

/** The feed of a source head. Sources reuse their row object, so the store of the last row is rarely needed. */
function feedText({ time, operators }: ChainSpec): string {
  const timestamp =
    time === undefined
      ? ''
      : `${time.timestampOf === undefined ? '' : 't = timestampOf(r);'} if (!Number.isSafeInteger(t) || t === ${NO_TIMESTAMP}) checkTimestamp(t === ${NO_TIMESTAMP} ? NaN : t, spec.operators[0].name); time.generator.observe(t, r);`;
  const take = (emit: string): string => `
  if (last.row !== r) last.row = r;
  feed.emitting = true;
  current.operator = 0;
  ${timestamp}
  ${emit}
  feed.emitting = false;
  if (++feed.rows >= feed.rowsMax || isFull()) feed.full = true;`;
  const { form, sides } = operators[0]!;
  const sideTags = form === 'source' ? Object.keys(sides) : [];
  const bySide = sideTags.map((tag) => `${JSON.stringify(tag)}: s0_${tagName(tag)}`);
  return `
${time === undefined ? '' : 'const { time } = spec, { timestampOf } = time;'}
const feed = { rows: 0, rowsMax: 0, sideRows: 0, full: false, emitting: false, emit: undefined, emitSide: undefined, emitWatermark: undefined, markIdle: undefined, markActive: undefined };
feed.emit = (r, t = ${NO_TIMESTAMP}) => {${take('e0(r, t);')}
};
const feedSides = { __proto__: null, ${bySide.join(', ')} };
feed.emitSide = (tag, r, t = ${NO_TIMESTAMP}) => {
  feed.sideRows++;
  const side = feedSides[tag];${take('if (side !== undefined) side(r, t);')}
};`;
}

function tagName(tag: string): string {
  return Array.from(tag, (c) => (/\w/.test(c) ? c : `$${c.codePointAt(0)!.toString(16)}`)).join('');
}

/** @param between stands between children and edges, where there are both */
function emission(children: readonly number[], edges: readonly number[], between = ''): string {
  const both = children.length > 0 && edges.length > 0;
  return [
    ...children.map((k) => `p${k}(r, t);`),
    ...(both && between !== '' ? [between] : []),
    ...edges.map((j) => `w${j}(r, t);`),
  ].join(' ');
}

function operatorText(spec: ChainSpec, k: number): string {
  const { form, leaveOut } = spec.operators[k]!;
  const at = `current.operator = ${k};`;
  const take = (body: string): string =>
    leaveOut === undefined
      ? `function p${k}(r, t) { ${at} ${body} }`
      : guardText(k, 'p', `${at} ${body}`);
  switch (form) {
    case 'source':
      return '';
    case 'map':
      return take(`e${k}(f${k}(r), t);`);
    case 'filter':
      return take(`if (f${k}(r)) { counts[${2 * k + 1}]++; e${k}(r, t); }`);
    case 'call':
      return take(`o${k}.process(r, t);`);
  }
}

/** A function whose body's failures come to `leaveOut`; failures of operators behind do not. */
function guardText(k: number, name: string, body: string): string {
  return `
const ${name}leave${k} = spec.operators[${k}].leaveOut;
function ${name}try${k}(r, t) { ${body} }
function ${name}${k}(r, t) {
  const kind = current.rowKind;
  try { ${name}try${k}(r, t); } catch (error) {
    if (current.operator !== ${k}) throw error;
    current.rowKind = kind;
    ${name}leave${k}(error, r, t);
  }
}`;
}

/** For each operator: whether its input row is always the view of the head's only input. */
function operatorsSeeingViews(spec: ChainSpec): boolean[] {
  const sees = spec.operators.map(() => false);
  if (spec.inputs.length !== 1 || spec.inputs[0]!.codec.generic) return sees;
  sees[0] = true;
  spec.operators.forEach((operator, k) => {
    if (operator.form !== 'filter' || !sees[k]) return;
    for (const child of operator.children) sees[child] = true;
  });
  return sees;
}

function edgeSeesViews(spec: ChainSpec, edge: number, sees: readonly boolean[]): boolean {
  return spec.operators.some(
    (operator, k) =>
      operator.edges.includes(edge) &&
      operator.form === 'filter' &&
      sees[k] === true &&
      spec.inputs[0]!.codec.type.fingerprint === spec.edges[edge]!.codec.type.fingerprint,
  );
}

/** `w<j>(r, t)`: hash, choose the channel, claim, write, commit. */
function edgeText(edge: OutputEdge, j: number, view: boolean, maxParallelism: number): string[] {
  const { prefixBytes, codec, routing } = edge;
  const header = prefixBytes + 8;
  const lines = [
    `const edge${j} = spec.edges[${j}], pressure${j} = edge${j}.pressure, ws${j} = edge${j}.writers, write${j} = edge${j}.codec.write, bound${j} = edge${j}.codec.boundOf;`,
  ];
  const frame = [
    `m.i32[(off + ${prefixBytes}) >> 2] = n | (current.rowKind << 26);`,
    `m.i32[(off + ${prefixBytes + 4}) >> 2] = h;`,
    prefixBytes > 0 ? 'm.f64[off >> 3] = t;' : '',
  ].join(' ');
  let put: string;
  if (codec.fixedBytes > 0) {
    const bytes = codec.fixedBytes + header;
    const encode = view
      ? `copyRow(r.memory, r.at, ${codec.fixedBytes}, m, off + ${header});`
      : `write${j}(r, m, off + ${header});`;
    lines.push(
      `const runs${j} = ws${j}.map((writer) => new RowRun(writer, ${bytes}));`,
      `function flush${j}() { for (let c = 0; c < runs${j}.length; c++) runs${j}[c].flush(); }`,
    );
    put = `let off = w.at; if (off === w.end) off = w.next(); const m = w.memory, n = ${codec.fixedBytes}; ${encode} ${frame} w.at = off + ${bytes};`;
  } else {
    const size = view ? 'r.rowBytes' : `bound${j}(r)`;
    const encode = view
      ? `const n = r.rowBytes; copyRow(r.memory, r.at, n, m, off + ${header});`
      : `const n = write${j}(r, m, off + ${header});`;
    lines.push(`const runs${j} = ws${j}; function flush${j}() {}`);
    put = `const off = w.claim(${size} + ${header}); const m = w.memory; ${encode} ${frame} w.commit(n + ${header});`;
  }
  // With one channel the target is a constant of the closure.
  const one = routing.kind !== 'broadcast' && edge.writers.length === 1;
  if (one) lines.push(`const only${j} = runs${j}[0];`);
  const target = (index: string): string => (one ? `only${j}` : `runs${j}[${index}]`);
  switch (routing.kind) {
    case 'single':
      lines.push(`function w${j}(r, t) { const h = 0, w = ${target('0')}; ${put} }`);
      break;
    case 'select':
      lines.push(
        `const select${j} = edge${j}.routing.select;`,
        `function w${j}(r, t) { const h = 0, c = select${j}(r), w = ${target('c')}; ${put} }`,
      );
      break;
    case 'broadcast':
      lines.push(
        `function w${j}(r, t) { const h = 0; for (let c = 0; c < runs${j}.length; c++) { const w = runs${j}[c]; ${put} } }`,
      );
      break;
    case 'keyGroup': {
      const modulo =
        (maxParallelism & (maxParallelism - 1)) === 0
          ? `& ${maxParallelism - 1}`
          : `% ${maxParallelism}`;
      const hash =
        routing.key.kind === 'function'
          ? `hashKeyValue(key${j}(r))`
          : view
            ? `hash${j}(r.memory, r.at)`
            : `hashRow${j}(r)`;
      lines.push(
        routing.key.kind === 'function'
          ? `const key${j} = edge${j}.routing.key.fn;`
          : `const hash${j} = edge${j}.routing.key.access.hashBytes, hashRow${j} = edge${j}.routing.key.access.hashRow;`,
        `const channelOf${j} = edge${j}.routing.channelOfGroup;`,
        `function w${j}(r, t) { const h = murmur32(${hash}); const w = ${target(`channelOf${j}[h ${modulo}]`)}; ${put} }`,
      );
    }
  }
  return lines;
}

/** `d<i>(reader, max)`: the loop over the frames of one input edge. */
function driveText(spec: ChainSpec, i: number): string {
  const input = spec.inputs[i]!;
  const head = spec.operators[0]!;
  const { prefixBytes } = input;
  const header = prefixBytes + 8;
  const timestamp = prefixBytes > 0 ? 'f64[off >> 3]' : String(NO_TIMESTAMP);
  // A constant step: the next row's address does not have to wait for this row's first word.
  const { fixedBytes } = input.codec;
  const length =
    fixedBytes > 0 ? String(header + fixedBytes) : `${header} + (word & ${PAYLOAD_BYTES_MASK})`;
  const call =
    input.input === 1
      ? `${head.leaveOut === undefined ? 'o0.process2' : `second${i}_0`}(row, T);`
      : head.form === 'call' && head.leaveOut === undefined
        ? 'o0.process(row, T);'
        : 'p0(row, T);';
  const row = input.codec.generic
    ? `const row = codec.read(memory, off + ${header}); last.row = row;`
    : `const row = view; view.at = off + ${header};`;
  const full =
    spec.edges.length === 0
      ? ''
      : `if (${spec.edges.map((_, j) => `pressure${j}.full`).join(' || ')}) break;`;
  const second =
    input.input === 1 && head.leaveOut !== undefined
      ? guardText(0, `second${i}_`, 'o0.process2(r, t);')
      : '';
  return `${second}
const view${i} = views[${i}], codec${i} = spec.inputs[${i}].codec;
function d${i}(reader, max) {
  const memory = reader.memory, i32 = memory.i32, f64 = memory.f64, mask = reader.mask, end = reader.end;
  const view = view${i}, codec = codec${i};
  ${input.codec.generic ? '' : 'if (view.memory !== memory) view.bind(memory); last.row = view;'}
  let pos = reader.pos, n = 0;
  try {
    while (pos !== end && n < max) {
      const off = pos & mask;
      const word = i32[(off + ${prefixBytes}) >> 2];
      if (word >>> 28 !== 0) break;
      ${row}
      current.rowKind = word >>> 26;
      ${input.keyed ? `current.keyHash = i32[(off + ${prefixBytes + 4}) >> 2];` : ''}
      pos = (pos + ${length}) | 0;
      n++;
      current.operator = 0;
      ${call.replace('T', timestamp)}
      ${full}
    }
  } finally {
    reader.pos = pos;
  }
  return n;
}`;
}
