/**
 * Law: every row that a barrier overtook comes to one subtask: the one that owns its key group on keyed edges, else one that follows
 * from its earlier consumer; rows of one channel come in their order. Rows that lie otherwise than the plan's are refused.
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { i32, i64, job, record } from 'millrace';
import { collect, fromCollection } from 'millrace/connectors';
import { forEachFrame, FrameCopies } from '../../src/exchange/index.ts';
import type { InFlightChannel } from '../../src/checkpoint/index.ts';
import { buildGraph } from '../../src/graph/index.ts';
import { defaultPlanSettings, makePlan } from '../../src/plan/index.ts';
import type { PhysicalPlan } from '../../src/plan/index.ts';
import { FrameKind, keyGroupRange, Memory } from '../../src/record/index.ts';
import { edgeName } from '../../src/runtime/in-flight-channels.ts';
import { recoveredFrames } from '../../src/runtime/recovered-frames.ts';
import type { InFlightPart } from '../../src/runtime/recovered-frames.ts';

const Row = record('Row', { key: i32 });
const Wider = record('Row', { key: i32, n: i64 });
const GROUPS = 16;

function planOf(
  parallelism: number,
  keyed: boolean,
  type: typeof Row | typeof Wider = Row,
): PhysicalPlan {
  const graph = buildGraph(
    job('rows', (env) => {
      const rows = env.fromSource(fromCollection([], type as typeof Row)).uid('source');
      const dealt = keyed
        ? rows.keyBy('key').reduce((a) => a)
        : rows.rebalance().map((row) => row, Row);
      dealt.uid('reader').sinkTo(collect());
    }),
    {},
  );
  const settings = defaultPlanSettings(graph.options, { parallelism, maxParallelism: GROUPS });
  return makePlan(graph, settings);
}

/** Rows by their hashes: the n-th of a channel has n in its payload. */
function framesOf(hashes: readonly number[]): readonly Uint8Array[] {
  const copies = new FrameCopies(0);
  hashes.forEach((hash, n) => {
    const frame = Memory.ofBytes(16);
    frame.i32.set([8, hash, n, 0]);
    copies.take(FrameKind.row, frame, 0, 8);
  });
  copies.watermark(5);
  return copies.pieces();
}

function hashesIn(pieces: readonly Uint8Array[]): { hash: number; n: number }[] {
  const found: { hash: number; n: number }[] = [];
  for (const piece of pieces) {
    forEachFrame(piece, 0, (kind, { i32: words }, at) => {
      if (kind === FrameKind.row)
        found.push({ hash: words[(at >> 2) + 1]!, n: words[(at >> 2) + 2]! });
    });
  }
  return found;
}

function partsOf(
  plan: PhysicalPlan,
  parallelism: number,
  rows: readonly (readonly number[])[],
): InFlightPart[] {
  const edge = plan.edges.find(({ id }) => edgeName(plan, plan.edges[id]!).to === 'reader')!;
  const { timestamps: _, ...name } = edgeName(plan, edge);
  return rows.map((hashes, i): InFlightPart => {
    const channel: InFlightChannel = {
      ...name,
      timestamps: edge.timestamps,
      producers: parallelism,
      consumers: parallelism,
      producer: i % parallelism,
      consumer: Math.floor(i / parallelism) % parallelism,
    };
    return { channel, pieces: () => framesOf(hashes) };
  });
}

const many = fc.array(fc.array(fc.nat(1000), { maxLength: 6 }), { minLength: 1, maxLength: 9 });

describe('rows that a barrier overtook', () => {
  test.each([true, false])('come to one subtask each (keyed: %s)', async (keyed) => {
    await fc.assert(
      fc.asyncProperty(
        many,
        fc.constantFrom(1, 3),
        fc.constantFrom(1, 2, 3, 4),
        async (rows, before, after) => {
          const channels = rows
            .slice(0, before * before)
            .map((hashes, i) => (keyed ? hashes.filter((hash) => owns(i, before, hash)) : hashes));
          const plan = planOf(after, keyed);
          const parts = partsOf(plan, before, channels);
          const readers = plan.subtasks.filter(
            ({ chain }) => plan.chains[chain]!.operators[0]!.uid === 'reader',
          );
          const all: { hash: number; n: number }[] = [];
          for (const reader of readers) {
            const frames = await recoveredFrames(plan, reader, parts);
            for (const { pieces } of frames?.lanes ?? []) {
              const found = hashesIn(pieces);
              expect(found.map(({ n }) => n)).toEqual(
                found.map(({ n }) => n).toSorted((a, b) => a - b),
              );
              all.push(...found);
              const [first, end] = keyGroupRange(reader.index, GROUPS, after);
              if (!keyed) continue;
              for (const { hash } of found) {
                expect(hash % GROUPS).toBeGreaterThanOrEqual(first);
                expect(hash % GROUPS).toBeLessThan(end);
              }
            }
          }
          const written = channels.flatMap((hashes) => hashes.map((hash, n) => ({ hash, n })));
          expect(all.map(text).toSorted()).toEqual(written.map(text).toSorted());
        },
      ),
      { numRuns: 25 },
    );
  });

  test('are refused when they have other fields', async () => {
    const parts = partsOf(planOf(2, true, Wider), 2, [[1, 2]]);
    const plan = planOf(2, true);
    const reader = plan.subtasks.find(
      ({ chain }) => plan.chains[chain]!.operators[0]!.uid === 'reader',
    )!;
    await expect(recoveredFrames(plan, reader, parts)).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_IN_FLIGHT',
      hint: expect.stringContaining('savepoint'),
    });
  });

  test('are refused when their edge is gone', async () => {
    const plan = planOf(2, true);
    const parts = partsOf(plan, 2, [[1, 2]]).map((part) => ({
      ...part,
      channel: { ...part.channel, sideOutput: 'late' },
    }));
    const reader = plan.subtasks.find(
      ({ chain }) => plan.chains[chain]!.operators[0]!.uid === 'reader',
    )!;
    await expect(recoveredFrames(plan, reader, parts)).rejects.toMatchObject({
      code: 'ERR_CHECKPOINT_IN_FLIGHT',
      details: { from: 'source (late)', to: 'reader', expected: 'no such edge' },
    });
  });
});

const text = ({ hash, n }: { hash: number; n: number }): string => `${hash} ${n}`;

/** Whether the consumer of a channel owned the key group of a row at its parallelism. */
function owns(channel: number, parallelism: number, hash: number): boolean {
  const consumer = Math.floor(channel / parallelism) % parallelism;
  const [first, end] = keyGroupRange(consumer, GROUPS, parallelism);
  return hash % GROUPS >= first && hash % GROUPS < end;
}
