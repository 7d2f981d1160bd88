/** Windows over the results of windows: the second must see what a watermark fires in the first before the watermark. */

import { count, job, sum } from 'millrace';
import { testSink } from 'millrace/testing';
import { modelWindows } from '../../support/window-model.ts';
import type { WindowEvent, WindowModel } from '../../support/window-model.ts';
import type { Draw } from '../draw.ts';
import { emittedText, emittedTexts, sourceOf } from '../scenario.ts';
import type { Case, Model, Said, Scenario, SimRow } from '../scenario.ts';
import { drawAssigner } from './windows.ts';

interface Setting {
  readonly first: WindowModel;
  readonly second: WindowModel;
  /** Whether the second windows are over the whole stream. */
  readonly all: boolean;
}

interface Part {
  readonly key: number;
  readonly total: number;
  readonly gap: number;
}

const totalOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

class ChainedModel implements Model {
  readonly #setting: Setting;
  readonly #events: WindowEvent<SimRow>[] = [];

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  touchy(said: Said, watermark: number): boolean {
    return said.time <= watermark;
  }

  row({ row, time }: Said): void {
    this.#events.push({ kind: 'row', key: String(row.key), timestamp: time, row });
  }

  watermark(watermark: number): void {
    this.#events.push({ kind: 'watermark', watermark });
  }

  clock(): void {}

  results(): Record<string, string[]> {
    const { first, second, all } = this.#setting;
    const { firings } = modelWindows(first, this.#events);
    const between = this.#events.flatMap((event, step): WindowEvent<Part>[] => {
      const fired = firings
        .filter((firing) => firing.step === step)
        .map(({ key, end, rows }): WindowEvent<Part> => {
          const row = { key: Number(key), total: totalOf(rows.map(({ n }) => n)), gap: 0 };
          return { kind: 'row', key: all ? 'all' : key, timestamp: end - 1, row };
        });
      return event.kind === 'watermark' ? [...fired, event] : fired;
    });
    const out = modelWindows(second, between).firings.map(({ start, end, rows }) => {
      const result = {
        ...(all ? {} : { key: rows[0]!.key }),
        windowStart: start,
        windowEnd: end,
        parts: rows.length,
        total: totalOf(rows.map(({ total }) => total)),
      };
      return emittedText(result, end - 1);
    });
    return { out };
  }
}

/** Of fixed sizes, since the rows in between have no gap. */
function drawFixed(draw: Draw): WindowModel {
  for (;;) {
    const assigner = drawAssigner(draw, 'event');
    if (assigner.kind !== 'session' || typeof assigner.gap === 'number') return { assigner };
  }
}

export const chainedWindows: Scenario = {
  name: 'chained-windows',
  draw(draw: Draw): Case {
    const setting = { first: drawFixed(draw), second: drawFixed(draw), all: draw.chance(40) };
    const { first, second, all } = setting;
    const [typed, lanes] = [draw.chance(75), draw.int(1, 3)];
    // Results of the first windows may touch sessions that were let go of, if watermarks came in between.
    const pour = second.assigner.kind !== 'session' && draw.chance(40);
    return {
      title: `${JSON.stringify(first.assigner)} then ${JSON.stringify(second.assigner)}${all ? ' of all' : ''}${pour ? ' poured' : ''}`,
      job: job('chained-windows', (env) => {
        const parts = sourceOf(env, 0, { lanes, typed })
          .keyBy('key')
          .window(first.assigner)
          .aggregate({ total: sum('n') });
        const spec = { parts: count(), total: sum('total') };
        const out = all
          ? parts.windowAll(second.assigner).aggregate(spec)
          : parts.keyBy('key').window(second.assigner).aggregate(spec);
        out.sinkTo(testSink('out'));
      }),
      sides: 1,
      lanes: [lanes, 0],
      routing: 'any',
      pour,
      model: () => new ChainedModel(setting),
      read: (run) => ({ out: emittedTexts(run, 'out') }),
    };
  },
};
