/** What must be in the files of the job of job.ts, by plain loops over its rows, and what is in them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { eventOf, JOIN_MS, KEYS, TIMER_MS, WINDOW_MS } from './job.ts';
import type { Event } from './job.ts';

/** How often each line is there, by sink. */
export type Lines = ReadonlyMap<string, ReadonlyMap<string, number>>;

const WINDOWS_HEAD = 'key,windowStart,windowEnd,rows,total';

/** The lines for so many rows of each source. */
export function expectedLines(rows: number): Lines {
  const left = Array.from({ length: rows }, (_, n) => eventOf(n, 0));
  const right = Array.from({ length: rows }, (_, n) => eventOf(n, 1));
  return new Map([
    ['rows', counted(left.filter(({ n }) => n % 3 === 0).map(({ n }) => JSON.stringify({ n })))],
    ['windows', counted(windowLines(left))],
    ['timers', counted(timerLines(right))],
    ['joined', counted(joinedLines(left, right))],
  ]);
}

function pieces(rows: readonly Event[], ms: number): Event[][] {
  const all = Map.groupBy(rows, ({ key, time }) => Math.floor(time / ms) * KEYS + key);
  return [...all.values()];
}

function windowLines(rows: readonly Event[]): string[] {
  return pieces(rows, WINDOW_MS).map((piece) => {
    const start = Math.floor(piece[0]!.time / WINDOW_MS) * WINDOW_MS;
    const total = piece.reduce((sum, { n }) => sum + n, 0);
    const [from, to] = [start, start + WINDOW_MS].map((time) => new Date(time).toISOString());
    return [piece[0]!.key, from, to, piece.length, total].join(',');
  });
}

function timerLines(rows: readonly Event[]): string[] {
  return pieces(rows, TIMER_MS).map((piece) => {
    const end = (Math.floor(piece[0]!.time / TIMER_MS) + 1) * TIMER_MS;
    const sum = piece.reduce((all, { n }) => all + n, 0);
    return JSON.stringify({ key: piece[0]!.key, end, sum });
  });
}

function joinedLines(left: readonly Event[], right: readonly Event[]): string[] {
  const lines: string[] = [];
  const byKey = Map.groupBy(right, ({ key }) => key);
  for (const a of left) {
    for (const b of byKey.get(a.key) ?? []) {
      if (Math.abs(a.time - b.time) <= JOIN_MS)
        lines.push(JSON.stringify({ left: a.n, right: b.n }));
    }
  }
  return lines;
}

function counted(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

/** The lines of all files that have their names. */
export function committedLines(folder: string): Lines {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  const sinks = ['rows', 'windows', 'timers', 'joined'];
  return new Map(
    sinks.map((sink) => {
      const own = names.filter(
        (name) => name.startsWith(`${sink}-`) || name.startsWith(`${sink}.`),
      );
      const lines = own.flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
      return [sink, counted(lines.filter((line) => line !== '' && line !== WINDOWS_HEAD))];
    }),
  );
}

/** What is wrong with the files: lines that are too often there and, when all should be, lines that are missing. */
export function problemsOf(expected: Lines, got: Lines, complete: boolean): string[] {
  const problems: string[] = [];
  for (const [sink, lines] of expected) {
    const there = got.get(sink)!;
    const tooMany = [...there].filter(([line, count]) => count > (lines.get(line) ?? 0));
    const missing = complete
      ? [...lines].filter(([line, count]) => count > (there.get(line) ?? 0))
      : [];
    if (tooMany.length > 0) problems.push(`${sink}: ${tooMany.length} too often, ${some(tooMany)}`);
    if (missing.length > 0) problems.push(`${sink}: ${missing.length} missing, ${some(missing)}`);
  }
  return problems;
}

function some(lines: readonly (readonly [string, number])[]): string {
  return lines
    .slice(0, 3)
    .map(([line]) => line)
    .join(' | ');
}
