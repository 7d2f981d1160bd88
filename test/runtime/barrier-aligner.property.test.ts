/**
 * Law: a checkpoint is complete when every channel that did not end has delivered its barrier; a newer one takes the place of
 * one that is not complete.
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
  fc.record({ kind: fc.constant('end' as const), channel: fc.nat(CHANNELS - 1) }),
);

test('a checkpoint is complete exactly when all channels that did not end delivered its barrier', () => {
  fc.assert(
    fc.property(fc.array(said, { maxLength: 40 }), (all) => {
      const aligner = new BarrierAligner(CHANNELS);
      const delivered = Array.from({ length: CHANNELS }, () => new Set<number>());
      const ended = new Set<number>();
      let newest = -1;
      let taken = -1;
      for (const one of all) {
        if (ended.has(one.channel)) continue;
        let complete: boolean;
        if (one.kind === 'end') {
          ended.add(one.channel);
          complete = aligner.onEnd(one.channel);
        } else {
          // Barriers of one channel come in the order of their checkpoints.
          if (Math.max(-1, ...delivered[one.channel]!) >= one.id) continue;
          delivered[one.channel]!.add(one.id);
          if (one.id > taken) newest = Math.max(newest, one.id);
          complete =
            aligner.onBarrier(one.channel, {
              checkpoint: one.id,
              triggeredAtMs: 0,
              options: 0,
            }) === 'complete';
        }
        const expected =
          newest > taken &&
          delivered.every((ids, channel) => ended.has(channel) || ids.has(newest)) &&
          delivered.some((ids) => ids.has(newest));
        expect(complete).toBe(expected);
        if (!complete) continue;
        expect(aligner.current?.checkpoint).toBe(newest);
        taken = newest;
        aligner.finish();
      }
    }),
    { numRuns: 500 },
  );
});
