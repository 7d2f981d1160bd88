/**
 * Law: a checkpoint is complete when every channel that did not end has delivered its barrier; a newer one takes the place of
 * one that is not complete; one that is aborted is never complete, and hinders no other.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BarrierAligner } from '../../src/runtime/barrier-aligner.ts';

const CHANNELS = 3;
const said = fc.oneof(
  fc.record({
    kind: fc.constant('barrier' as const),
    channel: fc.nat(CHANNELS - 1),
    id: fc.nat(4),
  }),
  fc.record({ kind: fc.constant('abort' as const), channel: fc.constant(0), id: fc.nat(4) }),
  fc.record({ kind: fc.constant('end' as const), channel: fc.nat(CHANNELS - 1) }),
);

test('a checkpoint is complete exactly when all channels that did not end delivered its barrier', () => {
  fc.assert(
    fc.property(fc.array(said, { maxLength: 40 }), (all) => {
      const aligner = new BarrierAligner(CHANNELS);
      const delivered = Array.from({ length: CHANNELS }, () => new Set<number>());
      const ended = new Set<number>();
      const aborted = new Set<number>();
      let newest = -1;
      let begun = -1;
      for (const one of all) {
        if (one.kind === 'abort') {
          const current = aligner.current?.checkpoint;
          expect(aligner.abort(one.id)).toBe(current === one.id);
          aborted.add(one.id);
          if (newest === one.id) newest = -1;
          continue;
        }
        if (ended.has(one.channel)) continue;
        let complete: boolean;
        if (one.kind === 'end') {
          ended.add(one.channel);
          complete = aligner.onEnd(one.channel);
        } else {
          // Barriers of one channel come in the order of their checkpoints.
          if (Math.max(-1, ...delivered[one.channel]!) >= one.id) continue;
          delivered[one.channel]!.add(one.id);
          if (one.id > begun && !aborted.has(one.id)) begun = newest = one.id;
          complete =
            aligner.onBarrier(one.channel, {
              checkpoint: one.id,
              triggeredAtMs: 0,
              options: 0,
            }) === 'complete';
        }
        const expected =
          newest >= 0 &&
          delivered.every((ids, channel) => ended.has(channel) || ids.has(newest)) &&
          delivered.some((ids) => ids.has(newest));
        expect(complete).toBe(expected);
        if (!complete) continue;
        expect(aligner.current?.checkpoint).toBe(newest);
        newest = -1;
        aligner.finish(newest);
      }
    }),
    { numRuns: 500 },
  );
});
