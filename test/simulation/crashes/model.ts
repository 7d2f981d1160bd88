/** What must be in the files of a drawn job, operator by operator, over whole lists: no row is late, so order does not matter. */

import { eventOf, lineOf, nameOfSink, OUTPUT, rowwise } from './job-draft.ts';
import type { Operator, SimEvent } from './job-draft.ts';

interface Stamped {
  readonly row: SimEvent;
  readonly time: number;
}

/** How often each line is there. */
export type Lines = ReadonlyMap<string, number>;

/**
 * The operators with gaps of sessions that are no time between two rows of a key: whether two windows that touch are one depends on
 * whether the watermark comes between their rows.
 */
export function withClearGaps(operators: readonly Operator[]): readonly Operator[] {
  const clear: Operator[] = [];
  const lists: (readonly Stamped[])[] = [];
  for (const [place, operator] of operators.entries()) {
    let chosen = operator;
    if (chosen.kind === 'session') {
      const list = lists[chosen.from]!;
      while (touches(list, chosen.size)) chosen = { ...chosen, size: chosen.size + 1 };
    }
    clear.push(chosen);
    lists.push(chosen.kind === 'sink' ? lists[chosen.from]! : outOf(chosen, lists, place));
  }
  return clear;
}

function touches(list: readonly Stamped[], gap: number): boolean {
  const seen = new Set(list.map(({ row, time }) => `${row.key} ${time}`));
  return list.some(({ row, time }) => seen.has(`${row.key} ${time + gap}`));
}

/** By name of the sink. */
export function expectedLines(operators: readonly Operator[]): ReadonlyMap<string, Lines> {
  const lists: (readonly Stamped[])[] = [];
  const sinks = new Map<string, Lines>();
  for (const [place, operator] of operators.entries()) {
    if (operator.kind === 'sink') {
      const list = lists[operator.from]!;
      sinks.set(nameOfSink(place), counted(list.map(({ row }) => lineOf(row))));
      lists.push(list);
    } else lists.push(outOf(operator, lists, place));
  }
  return sinks;
}

function outOf(
  operator: Exclude<Operator, { readonly kind: 'sink' }>,
  lists: readonly (readonly Stamped[])[],
  place: number,
): readonly Stamped[] {
  if (operator.kind === 'source') {
    return Array.from({ length: operator.rows }, (_, n) => {
      const row = eventOf(place, n);
      return { row, time: row.time };
    });
  }
  const list = lists[operator.from]!;
  switch (operator.kind) {
    case 'map':
      return list.map(({ row, time }) => ({ row: rowwise.map(row), time }));
    case 'filter':
      return list.filter(({ row }) => rowwise.filter(row));
    case 'async':
      return list.map(({ row, time }) => ({ row: rowwise.async(row), time }));
    case 'union':
      return [...list, ...lists[operator.other]!];
    case 'windows':
      return windows(list, operator.size, operator.slide);
    case 'panes':
    case 'timers':
      return windows(list, operator.size, operator.size);
    case 'session':
      return sessions(list, operator.size);
    case 'join':
      return list.flatMap((a) =>
        lists[operator.other]!.flatMap((b) => {
          if (a.row.key !== b.row.key || Math.abs(a.time - b.time) > operator.within) return [];
          return [{ row: rowwise.joined(a.row, b.row), time: Math.max(a.time, b.time) }];
        }),
      );
  }
}

function folded(group: readonly Stamped[], time: number): Stamped {
  const total = group.reduce((all, { row }) => all + row.n, 0);
  return { row: rowwise.folded(group[0]!.row.key, group.length, total), time };
}

function windows(list: readonly Stamped[], size: number, slide: number): Stamped[] {
  const groups = new Map<string, { end: number; rows: Stamped[] }>();
  for (const one of list) {
    const last = Math.floor(one.time / slide) * slide;
    for (let start = last; start > one.time - size; start -= slide) {
      const name = `${one.row.key} ${start}`;
      const group = groups.get(name) ?? { end: start + size, rows: [] };
      group.rows.push(one);
      groups.set(name, group);
    }
  }
  return [...groups.values()].map(({ end, rows }) => folded(rows, end - 1));
}

function sessions(list: readonly Stamped[], gap: number): Stamped[] {
  const out: Stamped[] = [];
  for (const group of Map.groupBy(list, ({ row }) => row.key).values()) {
    let open: Stamped[] = [];
    for (const one of group.toSorted((a, b) => a.time - b.time)) {
      const last = open.at(-1);
      // Windows that touch are one.
      if (last !== undefined && one.time - last.time > gap) {
        out.push(folded(open, last.time + gap - 1));
        open = [];
      }
      open.push(one);
    }
    if (open.length > 0) out.push(folded(open, open.at(-1)!.time + gap - 1));
  }
  return out;
}

function counted(lines: readonly string[]): Lines {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

/** What is wrong with the files under final names: what is too often there and, when all should be, what is missing. */
export function problemsOf(
  expected: ReadonlyMap<string, Lines>,
  files: ReadonlyMap<string, Uint8Array>,
  complete: boolean,
): string[] {
  const problems: string[] = [];
  for (const [sink, lines] of expected) {
    const own = [...files].filter(
      ([path]) => path.startsWith(`${OUTPUT}/${sink}-`) || path.startsWith(`${OUTPUT}/${sink}.`),
    );
    const text = own.map(([, bytes]) => Buffer.from(bytes).toString('utf8')).join('');
    const there = counted(text.split('\n').filter((line) => line !== ''));
    const tooMany = [...there].filter(([line, count]) => count > (lines.get(line) ?? 0));
    const missing = complete
      ? [...lines].filter(([line, count]) => count > (there.get(line) ?? 0))
      : [];
    if (tooMany.length > 0) problems.push(`${sink} has too often: ${some(tooMany)}`);
    if (missing.length > 0) problems.push(`${sink} lacks: ${some(missing)}`);
  }
  return problems;
}

function some(lines: readonly (readonly [string, number])[]): string {
  const shown = lines.slice(0, 4).map(([line]) => line);
  return `${shown.join(', ')} (${lines.length} in all)`;
}
