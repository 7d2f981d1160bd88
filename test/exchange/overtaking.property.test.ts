/**
 * Law: the rows, watermarks and status that a channel holds ahead of a barrier that overtakes (in the ring, or in the overdraft of
 * its producer) are copied each once and in order, whatever is written and read meanwhile; the barrier is found as long as it was
 * not read, although it waits for no credit.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BarrierScout,
  ChannelRecording,
  createRing,
  forEachFrame,
  FrameCopies,
  OutputGate,
  OutputPressure,
  RingReader,
  RingWriter,
  watermarkAt,
  writeWatermark,
} from '../../src/exchange/index.ts';
import { FrameKind } from '../../src/record/index.ts';
import type { Memory } from '../../src/record/index.ts';

/** A row is its number; a watermark of -n stands for the n-th. */
function numberOf(kind: number, memory: Memory, at: number, prefixBytes: number): number[] {
  const body = at + prefixBytes + 8;
  if (kind === FrameKind.row) return [memory.i32[body >> 2]!];
  return kind === FrameKind.watermark ? [-watermarkAt(memory, body)] : [];
}

function numbersIn(copies: FrameCopies | undefined): number[] {
  if (copies === undefined) return [];
  return copies.pieces().flatMap((piece) => {
    const numbers: number[] = [];
    forEachFrame(piece, copies.prefixBytes, (kind, memory, at) => {
      numbers.push(...numberOf(kind, memory, at, copies.prefixBytes));
    });
    return numbers;
  });
}

const act = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('rows' as const),
      n: fc.integer({ min: 1, max: 60 }),
    }),
  },
  fc.record({ kind: fc.constant('watermark' as const), n: fc.constant(0) }),
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      n: fc.integer({ min: 1, max: 80 }),
    }),
  },
  fc.record({ kind: fc.constant('drain' as const), n: fc.constant(0) }),
);

test('what a barrier overtakes is copied once and in order', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<0 | 8>(0, 8),
      fc.integer({ min: 0, max: 200 }).map((n) => n * 16),
      fc.array(act, { maxLength: 30 }),
      fc.array(act, { maxLength: 30 }),
      fc.array(act, { maxLength: 10 }),
      fc.boolean(),
      (prefixBytes, start, before, after, late, early) => {
        const ring = createRing(4096, start);
        const pressure = new OutputPressure();
        const writer = new RingWriter(ring, { prefixBytes, pressure, overdraftBytes: 1 << 20 });
        const gate = new OutputGate([writer], pressure);
        const reader = new RingReader(ring, { prefixBytes });
        const scout = new BarrierScout(reader);
        let written = 0;
        const read: number[] = [];
        let recording: ChannelRecording | undefined;
        let barrierRead = -1;
        const take = ({ kind, n }: { kind: string; n: number }): void => {
          if (kind === 'rows') {
            for (let i = 0; i < n; i++) {
              const at = writer.claim(prefixBytes + 24);
              writer.memory.i32[(at + prefixBytes) >> 2] = 16;
              writer.memory.i32[(at + prefixBytes + 4) >> 2] = 0;
              writer.memory.i32[(at + prefixBytes + 8) >> 2] = ++written;
              writer.commit(prefixBytes + 24);
            }
            writer.publish();
          } else if (kind === 'watermark') {
            writeWatermark(writer, ++written);
            writer.publish();
          } else if (kind === 'drain') gate.drain();
          else {
            reader.poll();
            recording?.catchUp();
            reader.forEachFrame((frameKind, memory, at) => {
              if (frameKind === FrameKind.barrier) barrierRead = read.length;
              read.push(...numberOf(frameKind, memory, at, prefixBytes));
            }, n);
            reader.release(true);
          }
        };
        before.forEach(take);
        // The consumer may have taken its snapshot before this channel's barrier comes.
        if (early) recording = new ChannelRecording(reader, 7);
        const readAtSnapshot = early ? read.length : -1;
        if (early) late.forEach(take);
        expect(gate.mayOvertake()).toBe(true);
        const sent = written;
        const [waited] = gate.overtake(7, 0, 0);
        const overtaken = numbersIn(waited);
        expect(scout.look()?.checkpoint).toBe(7);
        recording ??= new ChannelRecording(reader, 7);
        const from = early ? readAtSnapshot : read.length;
        expect(recording.catchUp()).toBe('complete');
        after.forEach(take);
        expect(scout.look()?.checkpoint).toBe(barrierRead < 0 ? 7 : undefined);
        for (let i = 0; i < 2 * written + 10; i++) {
          gate.drain();
          take({ kind: 'read', n: 100 });
        }
        const kept = numbersIn(recording.copies);
        const all = read.map(Math.abs);
        expect(all).toEqual(Array.from({ length: written }, (_, i) => i + 1));
        const inFlight = [...kept, ...overtaken].map(Math.abs);
        expect(inFlight).toEqual(all.slice(from, sent));
        expect(scout.look()).toBeUndefined();
      },
    ),
    { numRuns: 200 },
  );
});

test('a barrier finds room in a full ring, and says when there is none', () => {
  const pressure = new OutputPressure();
  const writer = new RingWriter(createRing(4096), { prefixBytes: 8, pressure });
  const gate = new OutputGate([writer], pressure);
  for (let i = 0; i < 400; i++) {
    writer.claim(32);
    writer.commit(32);
  }
  for (let i = 0; i < 100; i++) writeWatermark(writer, i);
  let overtook = 0;
  for (; gate.mayOvertake(); overtook++) gate.overtake(overtook, 0, 0);
  expect(overtook).toBeGreaterThanOrEqual(5);
  expect(overtook).toBeLessThan(40);
});

test('a newer barrier in place of the one that is waited for is noticed', () => {
  const ring = createRing(4096);
  const pressure = new OutputPressure();
  const writer = new RingWriter(ring, { prefixBytes: 0, pressure });
  const gate = new OutputGate([writer], pressure);
  const recording = new ChannelRecording(new RingReader(ring, { prefixBytes: 0 }), 3);
  expect(recording.catchUp()).toBe('open');
  gate.overtake(2, 0, 0);
  expect(recording.catchUp()).toBe('open');
  gate.overtake(4, 0, 0);
  expect(recording.catchUp()).toBe('lost');
});

test('frames of any size lie whole in the pieces', () => {
  const copies = new FrameCopies(8);
  const pressure = new OutputPressure();
  const writer = new RingWriter(createRing(1 << 20), { prefixBytes: 8, pressure });
  for (const payload of [8, 200_000, 16]) {
    const at = writer.claim(payload + 16);
    writer.memory.i32[(at + 8) >> 2] = payload;
    copies.take(FrameKind.row, writer.memory, at, payload);
    writer.commit(payload + 16);
  }
  copies.watermark(5);
  copies.idle();
  const lengths = copies.pieces().map(({ length }) => length);
  expect(lengths).toEqual([24, 200_016, 32 + 24 + 24]);
  expect(copies.rows).toBe(3);
});
