/** Laws of src/state/redistribute.ts. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { subtaskOfKeyGroup } from '../../src/record/index.ts';
import { redistribute } from '../../src/state/index.ts';
import type { OperatorSnapshot } from '../../src/state/index.ts';

const GROUPS = 16;

/** Instances whose elements and groups say where they came from. */
function snapshotsOf(counts: readonly number[]): OperatorSnapshot[] {
  const element = (instance: number, i: number): Uint8Array => Uint8Array.of(instance, i);
  return counts.map((count, instance) => {
    const elements = Array.from({ length: count }, (_, i) => element(instance, i));
    const groups = Array.from({ length: GROUPS }, (_, keyGroup) => keyGroup)
      .filter((group) => subtaskOfKeyGroup(group, GROUPS, counts.length) === instance)
      .map((keyGroup) => ({ keyGroup, bytes: Uint8Array.of(keyGroup) }));
    const key = { type: { name: 'Key', fields: [] }, generic: false };
    return {
      keyed: { version: 1, key, parts: [], groups },
      operator: (['split', 'union', 'broadcast'] as const).map((redistribution) => ({
        name: `as ${redistribution}`,
        redistribution,
        elements: redistribution === 'broadcast' ? [Uint8Array.of(9)] : elements,
      })),
    };
  });
}

const anyCounts = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 6 });

describe('state that is dealt out', () => {
  it('has every key group at its owner, once', () => {
    fc.assert(
      fc.property(anyCounts, fc.integer({ min: 1, max: GROUPS }), (counts, parallelism) => {
        const states = redistribute(snapshotsOf(counts), GROUPS, parallelism);
        expect(states).toHaveLength(parallelism);
        const seen = states.flatMap(({ keyed }, subtask) =>
          keyed.flatMap(({ groups }) =>
            groups.map(({ keyGroup }) => {
              expect(subtaskOfKeyGroup(keyGroup, GROUPS, parallelism)).toBe(subtask);
              return keyGroup;
            }),
          ),
        );
        expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: GROUPS }, (_, i) => i));
      }),
    );
  });

  it('splits evenly and in order, unites wholly, and broadcasts the elements of one', () => {
    fc.assert(
      fc.property(anyCounts, fc.integer({ min: 1, max: 12 }), (counts, parallelism) => {
        const snapshots = snapshotsOf(counts);
        const all = snapshots.flatMap(({ operator }) => operator[0]!.elements);
        const states = redistribute(snapshots, GROUPS, parallelism);
        const shares = states.map(({ operator }) => operator[0]!.elements);
        expect(shares.flat()).toEqual(all);
        if (parallelism === counts.length) {
          expect(shares).toEqual(snapshots.map(({ operator }) => operator[0]!.elements));
        } else {
          const lengths = shares.map((share) => share.length);
          expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
        }
        for (const { operator } of states) {
          expect(operator[1]!.elements).toEqual(all);
          expect(operator[2]!.elements).toEqual([Uint8Array.of(9)]);
        }
      }),
    );
  });
});
