/** Which rows share a window, when all of them are in time. */

import type { WindowAssigner } from 'millrace';
import { modelWindowsOf } from '../../support/window-model.ts';
import type { Said } from '../scenario.ts';

/** A window and its rows. */
export interface WindowSet {
  readonly start: number;
  readonly end: number;
  readonly rows: readonly Said[];
}

/** Aligned windows of the rows of one key. */
export function windowsOfRow(assigner: WindowAssigner, rows: readonly Said[]): WindowSet[] {
  const all = rows.flatMap((said) =>
    modelWindowsOf(assigner, said.time, 0).map((window) => ({ ...window, said })),
  );
  return [...Map.groupBy(all, ({ start, end }) => `${start} ${end}`).values()].map((group) => ({
    start: group[0]!.start,
    end: group[0]!.end,
    rows: group.map(({ said }) => said),
  }));
}

/** Sessions of the rows of one key: those that overlap or touch are one. */
export function mergedSessions(
  { gap }: Extract<WindowAssigner, { kind: 'session' }>,
  rows: readonly Said[],
): WindowSet[] {
  const sessions: { start: number; end: number; rows: Said[] }[] = [];
  for (const said of rows.toSorted((a, b) => a.time - b.time)) {
    const end = said.time + (typeof gap === 'function' ? gap(said.row as never) : gap);
    const last = sessions.at(-1);
    if (last !== undefined && said.time <= last.end) {
      last.end = Math.max(last.end, end);
      last.rows.push(said);
    } else sessions.push({ start: said.time, end, rows: [said] });
  }
  return sessions;
}
