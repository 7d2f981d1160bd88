/** What checkpoints hold, as lines. Pure. */

import { formatBytes, formatDuration } from '../base/index.ts';
import { count } from '../graph/index.ts';
import { exportFbs } from '../record/index.ts';
import type { RecordDescriptor } from '../record/index.ts';
import type {
  FoundCheckpoint,
  Json,
  SavepointElements,
  SavepointOperator,
  SavepointState,
} from '../savepoint/index.ts';
import { exportJson } from './export-lines.ts';
import type { Style } from './style.ts';
import { cutText, formatInteger, padText, plainText, textWidth, wrapText } from './text.ts';

/** Positions of splits that are shown of one source. */
const SPLITS_MAX = 8;

/** An operator with the number of its keys by key group. */
export interface CountedOperator {
  readonly operator: SavepointOperator;
  readonly keys: ReadonlyMap<number, number>;
}

/** A line a checkpoint, and for those that cannot be used the reason below it; at most `columns` wide. */
export function checkpointLines(
  found: readonly FoundCheckpoint[],
  style: Style,
  columns: number,
): string[] {
  const { paint, glyphs } = style;
  const rows = found.map(({ checkpoint, manifest, error }) => [
    String(checkpoint),
    manifest?.kind ?? '',
    manifest === undefined ? '' : timeText(manifest.completedAtMs),
    manifest === undefined
      ? ''
      : formatDuration(Math.max(0, manifest.completedAtMs - manifest.triggeredAtMs)),
    manifest === undefined ? '' : formatBytes(bytesOf(manifest)),
    error === undefined ? 'intact' : error.code,
  ]);
  const table = [['ID', 'KIND', 'COMPLETE', 'TOOK', 'SIZE', 'STATE'], ...rows];
  const shown = columns >= 70 ? [0, 1, 2, 3, 4, 5] : columns >= 50 ? [0, 2, 4, 5] : [0, 5];
  const widths = shown.map((at) => Math.max(...table.map((row) => textWidth(row[at]!))));
  return table.flatMap((row, index) => {
    const cells = shown.map((at, i) => padText(row[at]!, widths[i]!, at === 0 || at === 4));
    const line = cutText(cells.join('  ').trimEnd(), columns, glyphs.cut);
    if (index === 0) return [paint.dim(line)];
    const { error } = found[index - 1]!;
    if (error === undefined) return [line];
    return [paint.red(line), ...wrapText(plainText(error.message), columns - 4).map(indented(4))];
  });
}

/** What the operators hold: those without anything in one line at the end. */
export function operatorLines(
  operators: readonly CountedOperator[],
  style: Style,
  columns: number,
): string[] {
  const holding = operators.filter(({ operator }) => holds(operator));
  const others = operators.filter(({ operator }) => !holds(operator));
  const names = others.map(({ operator }) => plainText(operator.name)).join(', ');
  return [
    ...holding.flatMap((counted) => oneOperator(counted, style, columns)),
    ...(others.length === 0 ? [] : wrapText(`without state: ${names}`, columns)),
  ];
}

/** The record types of all states, as a FlatBuffers schema; nothing where there are none. */
export function typeLines(operators: readonly SavepointOperator[]): string[] {
  const types = new Map<string, RecordDescriptor>();
  for (const { states } of operators) {
    for (const { type } of states) if (type !== undefined) types.set(JSON.stringify(type), type);
  }
  if (types.size === 0) return [];
  return fbsOf([...types.values()])
    .trimEnd()
    .split('\n');
}

/** The schema; types that one cannot say as JSON. */
export function fbsOf(types: readonly RecordDescriptor[]): string {
  try {
    return exportFbs(types);
  } catch {
    if (types.length > 1) return types.map((type) => fbsOf([type])).join('\n');
    return `// ${JSON.stringify(types[0])}\n`;
  }
}

function oneOperator({ operator, keys }: CountedOperator, style: Style, columns: number): string[] {
  const { paint, glyphs } = style;
  const { uid, name, parallelism, maxParallelism } = operator;
  const title = uid === name ? plainText(name) : `${plainText(name)} (uid ${plainText(uid)})`;
  const head = `${count(parallelism, 'subtask')}, ${count(maxParallelism, 'key group')}`;
  const [first = '', ...rest] = wrapText(`${title}: ${head}`, columns);
  const all = facts(operator, keys);
  const longest = Math.max(0, ...all.map(([label]) => textWidth(plainText(label))));
  const labels = Math.min(longest, columns >> 2);
  return [
    first.startsWith(title) ? paint.bold(title) + first.slice(title.length) : first,
    ...rest.map(indented(2)),
    ...all.flatMap(([label, text]) => {
      const width = Math.max(8, columns - 4 - labels);
      return wrapText(plainText(text), width).map((line, at) => {
        const shown = padText(
          at === 0 ? cutText(plainText(label), labels, glyphs.cut) : '',
          labels,
        );
        return `  ${paint.dim(shown)}  ${cutText(line, width, glyphs.cut)}`;
      });
    }),
  ];
}

function facts(
  operator: SavepointOperator,
  keys: ReadonlyMap<number, number>,
): (readonly [string, string])[] {
  const { states, operatorStates, positions, rowsInFlight } = operator;
  const all = Object.entries(positions ?? {});
  const splits = all.filter(([, position]) => !isRead(position));
  return [
    ...(states.length === 0 ? [] : keyedFacts(operator, keys)),
    ...states.map((state): [string, string] => [state.name, stateText(state)]),
    ...operatorStates.map((state): [string, string] => [state.name, elementsText(state)]),
    ...(all.length === 0
      ? []
      : [['splits', `${all.length - splits.length} read, ${splits.length} begun`] as const]),
    ...splits
      .slice(0, SPLITS_MAX)
      .map(([split, position]): [string, string] => [split, exportJson(position)]),
    ...(splits.length > SPLITS_MAX
      ? [['', `and ${count(splits.length - SPLITS_MAX, 'split')} more`] as const]
      : []),
    ...(rowsInFlight === 0 ? [] : [['in flight', count(rowsInFlight, 'piece')] as const]),
  ];
}

/** Whether a split has been read to its end. */
function isRead(position: Json): boolean {
  return typeof position === 'object' && position !== null && 'read' in position;
}

function keyedFacts(
  { keyedBytes, bytesBySubtask, keyType }: SavepointOperator,
  keys: ReadonlyMap<number, number>,
): (readonly [string, string])[] {
  const counts = [...keys.values()].toSorted((a, b) => a - b);
  const total = counts.reduce((sum, one) => sum + one, 0);
  const kinds = keyType?.fields.map(({ type }) => type.kind).join(', ');
  const spread =
    counts.length === 0
      ? ''
      : ` in ${count(counts.length, 'key group')} (${counts[0]!} to ${counts.at(-1)!}, median ${counts[counts.length >> 1]!})`;
  return [
    ['keys', `${formatInteger(total)}${spread}, ${kinds ?? 'values'}`],
    [
      'size',
      bytesBySubtask.length > 1
        ? `${formatBytes(keyedBytes)}: ${bytesBySubtask.map(formatBytes).join(' + ')}`
        : formatBytes(keyedBytes),
    ],
  ];
}

function stateText({ kind, type, expires }: SavepointState): string {
  const rows = type === undefined ? '' : ` of ${type.name}`;
  return `${kind}${rows}${expires ? ', expires' : ''}`;
}

function elementsText({ redistribution, elements, bytes }: SavepointElements): string {
  return `${redistribution} list, ${count(elements, 'element')}, ${formatBytes(bytes)}`;
}

function holds({ states, operatorStates, positions, rowsInFlight }: SavepointOperator): boolean {
  return (
    states.length > 0 || operatorStates.length > 0 || positions !== undefined || rowsInFlight > 0
  );
}

/** Bytes that a manifest refers to, those in files of earlier checkpoints included. */
export function bytesOf(manifest: NonNullable<FoundCheckpoint['manifest']>): number {
  return manifest.subtasks
    .flatMap(({ operators, inFlight }) => [
      ...Object.values(operators).flatMap(({ keyed, operator }) => [...keyed, ...operator]),
      ...inFlight,
    ])
    .reduce((sum, { section }) => sum + section.bytes, 0);
}

function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace(/\..*/, 'Z');
}

function indented(columns: number): (line: string) => string {
  return (line) => ' '.repeat(columns) + line;
}
