/** What a producer meets: credit, overdraft, its bound, rows that are too large, control frames. */

import { expect, test } from 'vitest';
import { ManualClock } from '../../src/base/index.ts';
import {
  barrierAt,
  createDoorbell,
  createRing,
  Doorbell,
  idleAt,
  latencyMarkerAt,
  readRingStatistics,
  RingReader,
  RingWriter,
  watermarkAt,
  writeBarrier,
  writeEnd,
  writeLatencyMarker,
  writeStatus,
  writeWatermark,
} from '../../src/exchange/index.ts';
import type { RingWriterOptions } from '../../src/exchange/index.ts';
import { FrameKind, PAYLOAD_BYTES_MASK } from '../../src/record/index.ts';

function pair(options: Partial<RingWriterOptions> = {}, capacityBytes = 4096) {
  const ring = createRing(capacityBytes);
  const prefixBytes = options.prefixBytes ?? 0;
  const writer = new RingWriter(ring, { prefixBytes, ...options });
  const reader = new RingReader(ring, { prefixBytes });
  return { ring, writer, reader };
}

/** Writes a row of `frameBytes` in all, with `mark` in word1. */
function row(writer: RingWriter, frameBytes: number, mark: number): void {
  const at = writer.claim(frameBytes) + writer.prefixBytes;
  writer.memory.i32[at >> 2] = frameBytes - 8 - writer.prefixBytes;
  writer.memory.i32[(at + 4) >> 2] = mark;
  writer.commit(frameBytes);
}

/** Everything readable: [kind, word1] of each frame but pads. */
function readAll(reader: RingReader): [number, number][] {
  const seen: [number, number][] = [];
  reader.poll();
  reader.forEachFrame((kind, memory, at) => {
    if (kind === FrameKind.pad) return;
    seen.push([kind, memory.i32[(at + reader.prefixBytes + 4) >> 2]!]);
  });
  reader.release(true);
  return seen;
}

test('frames beyond the credit wait in the overdraft and arrive in order, control frames between them', () => {
  const pressure = { full: false };
  const { writer, reader } = pair({ pressure });
  for (let i = 0; i < 20; i++) {
    row(writer, 400, i);
    writeWatermark(writer, i);
  }
  writeEnd(writer);
  writer.publish();
  expect(writer.overdrafted).toBe(true);
  expect(pressure.full).toBe(true);
  expect(writer.room()).toBe(0);
  expect(writer.rows).toBe(20);
  const seen: [number, number][] = [];
  for (let turn = 0; turn < 10; turn++) {
    seen.push(...readAll(reader));
    writer.drain();
  }
  expect(writer.overdrafted).toBe(false);
  const expected: [number, number][] = [];
  for (let i = 0; i < 20; i++) expected.push([FrameKind.row, i], [FrameKind.watermark, 0]);
  expected.push([FrameKind.end, 0]);
  expect(seen).toEqual(expected);
});

test('control frames need no credit: they lie in the ring although no row would fit', () => {
  const { writer, reader } = pair();
  while (writer.hasRoom(512)) row(writer, 512, 0);
  while (writer.hasRoom(8)) row(writer, 8, 0);
  expect(writer.room()).toBe(0);
  writeWatermark(writer, 42);
  writeBarrier(writer, 7, 1000, 3);
  writer.publish();
  expect(writer.overdrafted).toBe(false);
  const kinds = readAll(reader).map(([kind]) => kind);
  expect(kinds.slice(-2)).toEqual([FrameKind.watermark, FrameKind.barrier]);
});

test('the bodies of control frames read as written', () => {
  for (const prefixBytes of [0, 8] as const) {
    const { writer, reader } = pair({ prefixBytes });
    writeWatermark(writer, -5);
    writeStatus(writer, true);
    writeStatus(writer, false);
    writeBarrier(writer, 2 ** 40, 1.5e12, -1);
    writeLatencyMarker(writer, 123.25, 9);
    writer.publish();
    reader.poll();
    const bodies: unknown[] = [];
    reader.forEachFrame((kind, memory, at) => {
      const payloadAt = at + prefixBytes + 8;
      if (kind === FrameKind.watermark) bodies.push(watermarkAt(memory, payloadAt));
      if (kind === FrameKind.status) bodies.push(idleAt(memory, payloadAt));
      if (kind === FrameKind.barrier) bodies.push(barrierAt(memory, payloadAt));
      if (kind === FrameKind.latencyMarker) bodies.push(latencyMarkerAt(memory, payloadAt));
    });
    expect(bodies).toEqual([
      -5,
      true,
      false,
      { checkpoint: 2 ** 40, triggeredAtMs: 1.5e12, options: -1 },
      { intendedMs: 123.25, source: 9 },
    ]);
  }
});

test('a row that never fits is an error with its size, the ring and the setting to raise', () => {
  const { writer } = pair();
  row(writer, 2048, 0);
  expect(() => writer.publish()).toThrow(
    expect.objectContaining({
      code: 'ERR_EXCHANGE_ROW_TOO_LARGE',
      details: {
        rowBytes: 2048,
        ringBytes: 4096,
        maxBytes: writer.frameBytesMax,
        needBytes: 8192,
        setting: 'ringBytes',
      },
    }),
  );
  expect(() => writer.claim(2 ** 27)).toThrow(
    expect.objectContaining({ code: 'ERR_EXCHANGE_ROW_TOO_LARGE' }),
  );
});

test('a claim may be larger than any frame as long as the frame is not', () => {
  const { writer, reader } = pair();
  const at = writer.claim(100_000);
  writer.memory.i32[at >> 2] = 24;
  writer.memory.i32[(at + 4) >> 2] = 77;
  writer.commit(32);
  expect(writer.drain()).toBe(true);
  expect(readAll(reader)).toEqual([[FrameKind.row, 77]]);
});

test('the overdraft is bounded for rows, and the error names the bound', () => {
  const { writer } = pair({ overdraftBytes: 4000 });
  expect(() => {
    for (let i = 0; i < 100; i++) row(writer, 400, i);
  }).toThrow(
    expect.objectContaining({
      code: 'ERR_EXCHANGE_OVERDRAFT',
      details: { bytes: 4400, boundBytes: 4000 },
    }),
  );
});

test('the overdraft is used up while a long step goes on, once credit comes', () => {
  const { writer, reader } = pair({ overdraftBytes: 20_000, segmentBytes: 1024 });
  const seen: number[] = [];
  for (let i = 0; i < 1000; i++) {
    row(writer, 200, i);
    seen.push(...readAll(reader).map(([, mark]) => mark));
  }
  for (let turn = 0; turn < 10; turn++) {
    writer.drain();
    writer.publish();
    seen.push(...readAll(reader).map(([, mark]) => mark));
  }
  expect(seen).toEqual(Array.from({ length: 1000 }, (_, i) => i));
});

test('a wish wider than the window is granted, and the producer is rung', () => {
  const ring = createRing(4096);
  const words = createDoorbell();
  const own = new Doorbell(words);
  const reader = new RingReader(ring, {
    prefixBytes: 0,
    windowBytes: 64,
    producerBell: new Doorbell(words),
  });
  const writer = new RingWriter(ring, { prefixBytes: 0 });
  // The first grant of a new ring is wider than the window.
  while (writer.hasRoom(8)) row(writer, 8, 0);
  readAll(reader);
  expect(writer.hasRoom(64)).toBe(true);
  expect(writer.hasRoom(1000)).toBe(false);
  own.arm();
  expect(writer.settle()).toBe(false);
  reader.release();
  expect(own.park(0)).toBe(true);
  expect(writer.hasRoom(1000)).toBe(true);
  expect(reader.minimumBytes).toBe(1000);
});

test('a granted wish is reported once between arming and parking', () => {
  const { writer, reader } = pair();
  while (writer.hasRoom(512)) row(writer, 512, 0);
  readAll(reader);
  expect(writer.settle()).toBe(true);
  expect(writer.settle()).toBe(false);
});

test('the time without credit is counted from the first refusal to the grant', () => {
  const clock = new ManualClock();
  const { ring, writer, reader } = pair({ clock });
  while (writer.hasRoom(512)) row(writer, 512, 0);
  clock.advance(30);
  expect(writer.withoutCreditMs).toBe(30);
  readAll(reader);
  expect(writer.hasRoom(512)).toBe(true);
  clock.advance(100);
  writer.reportStatistics();
  expect(readRingStatistics(ring).withoutCreditMs).toBe(30);
});

test('statistics tell rows, bytes, backlog, credit and window', () => {
  const { ring, writer, reader } = pair();
  row(writer, 32, 1);
  row(writer, 64, 2);
  writer.publish();
  expect(readRingStatistics(ring)).toMatchObject({
    rowsWritten: 2,
    bytesWritten: 96,
    bytesRead: 0,
    backlogBytes: 96,
    windowBytes: 3072,
    creditBytes: 3072 - 96,
  });
  reader.rows += readAll(reader).length;
  reader.release(true);
  expect(readRingStatistics(ring)).toMatchObject({ bytesRead: 96, backlogBytes: 0 });
});

test('a run of rows lies side by side, never beyond the lap, the segment or the credit', () => {
  const { writer, reader } = pair({ segmentBytes: 256 });
  let mark = 0;
  const seen: number[] = [];
  while (mark < 500) {
    const frames = writer.claimRun(24, 500 - mark);
    let at = writer.position & writer.mask;
    for (let i = 0; i < frames; i++, at += 24) {
      writer.memory.i32[at >> 2] = 16;
      writer.memory.i32[(at + 4) >> 2] = mark++;
    }
    writer.commitRun(frames * 24, frames);
    expect(frames * 24).toBeLessThanOrEqual(256);
    if (mark % 5 === 0) seen.push(...readAll(reader).map(([, m]) => m));
  }
  writer.publish();
  for (let turn = 0; turn < 20; turn++) {
    writer.drain();
    seen.push(...readAll(reader).map(([, m]) => m));
  }
  expect(writer.rows).toBe(500);
  expect(seen).toEqual(Array.from({ length: 500 }, (_, i) => i));
});

test('the loop of a generated kernel sees what forEachFrame sees', () => {
  const { writer, reader } = pair({ prefixBytes: 8 }, 8192);
  for (let i = 0; i < 100; i++) row(writer, 16 + 8 * (i % 5), i);
  writer.publish();
  reader.poll();
  const { mask, end, prefixBytes } = reader;
  const { i32 } = reader.memory;
  const start = reader.pos;
  const byKernel: number[] = [];
  let pos = start;
  while (pos !== end) {
    const off = pos & mask;
    const word0 = i32[(off + prefixBytes) >> 2]!;
    if (word0 >>> 28 !== FrameKind.row) break;
    byKernel.push(i32[(off + prefixBytes + 4) >> 2]!);
    pos = (pos + prefixBytes + 8 + (word0 & PAYLOAD_BYTES_MASK)) | 0;
  }
  expect(pos).toBe(end);
  expect(readAll(reader).map(([, mark]) => mark)).toEqual(byKernel);
  expect(byKernel.length).toBe(100);
});
