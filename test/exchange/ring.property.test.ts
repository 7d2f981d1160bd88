/**
 * The ring against a plain queue: random commands on writer and reader, positions that wrap, small windows, small rings.
 *
 * Laws quoted from src/exchange/ring-layout.ts and ring-writer.ts:
 *  1. READ ≤ WRITTEN ≤ LIMIT + CONTROL_RESERVE_BYTES ≤ READ + capacity.
 *  2. No frame lies across the end of the data.
 *  3. A frame of at most `frameBytesMax` bytes always fits a ring that has been read empty.
 *  Frames are read in the order they were committed, each once and unchanged.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createRing,
  readRingStatistics,
  RingReader,
  RingWriter,
  writeEnd,
  writeWatermark,
} from '../../src/exchange/index.ts';
import type { RingDescriptor } from '../../src/exchange/index.ts';
import {
  CONTROL_RESERVE_BYTES,
  LIMIT_WORD,
  READ_WORD,
  WRITTEN_WORD,
} from '../../src/exchange/ring-layout.ts';
import { FRAME_HEADER_BYTES, FrameKind, PAYLOAD_BYTES_MASK } from '../../src/record/index.ts';
import type { Memory } from '../../src/record/index.ts';

/** A frame as the model keeps it. */
interface Expected {
  readonly kind: number;
  readonly payloadBytes: number;
  readonly seed: number;
}

interface Model {
  committed: number;
  readonly queue: Expected[];
}

class Real {
  readonly ring: RingDescriptor;
  readonly writer: RingWriter;
  readonly reader: RingReader;
  readonly words: Int32Array;

  constructor(capacityBytes: number, start: number, prefixBytes: 0 | 8, windowBytes: number) {
    this.ring = createRing(capacityBytes, start);
    this.reader = new RingReader(this.ring, { prefixBytes, windowBytes });
    this.writer = new RingWriter(this.ring, { prefixBytes, segmentBytes: 512 });
    this.words = new Int32Array(this.ring.control);
  }

  checkLayout(): void {
    const read = this.reader.pos;
    const written = this.writer.overdrafted ? this.words[WRITTEN_WORD]! : this.writer.position;
    const limit = this.words[LIMIT_WORD]!;
    expect((this.words[WRITTEN_WORD]! - this.words[READ_WORD]!) | 0).toBeGreaterThanOrEqual(0);
    expect((written - read) | 0).toBeGreaterThanOrEqual(0);
    expect((limit + CONTROL_RESERVE_BYTES - written) | 0).toBeGreaterThanOrEqual(0);
    expect((limit + CONTROL_RESERVE_BYTES - read) | 0).toBeLessThanOrEqual(this.ring.capacityBytes);
  }
}

function writeRow(writer: RingWriter, payloadBytes: number, seed: number, slack: number): void {
  const prefix = writer.prefixBytes;
  const at = writer.claim(prefix + FRAME_HEADER_BYTES + payloadBytes + slack);
  const { memory } = writer;
  if (prefix === 8) memory.f64[at >> 3] = seed + 0.5;
  memory.i32[(at + prefix) >> 2] = payloadBytes;
  memory.i32[(at + prefix + 4) >> 2] = seed;
  fill(memory, at + prefix + FRAME_HEADER_BYTES, payloadBytes, seed);
  writer.commit(prefix + FRAME_HEADER_BYTES + payloadBytes);
}

function fill(memory: Memory, at: number, bytes: number, seed: number): void {
  for (let i = 0; i < bytes; i += 4) memory.i32[(at + i) >> 2] = Math.imul(seed + i, 0x9e3779b9);
}

function checkFrame(real: Real, at: number, word0: number, expected: Expected): void {
  const { memory, prefixBytes } = real.reader;
  const payloadBytes = word0 & PAYLOAD_BYTES_MASK;
  // `expect` per frame would take most of the time.
  if (word0 >>> 28 !== expected.kind || payloadBytes !== expected.payloadBytes) {
    expect({ kind: word0 >>> 28, payloadBytes }).toEqual(expected);
  }
  if (at + prefixBytes + FRAME_HEADER_BYTES + payloadBytes > real.ring.capacityBytes) {
    expect.fail(`a frame at ${at} crosses the end of the ring`);
  }
  const payloadAt = at + prefixBytes + FRAME_HEADER_BYTES;
  if (expected.kind === FrameKind.watermark) {
    if (memory.f64[payloadAt >> 3] !== expected.seed) expect.fail('another watermark');
    return;
  }
  if (expected.kind !== FrameKind.row) return;
  if (prefixBytes === 8 && memory.f64[at >> 3] !== expected.seed + 0.5) {
    expect.fail(`another timestamp than frame ${expected.seed}'s`);
  }
  if (memory.i32[(at + prefixBytes + 4) >> 2] !== expected.seed) {
    expect.fail(`another word1 than frame ${expected.seed}'s`);
  }
  for (let i = 0; i < payloadBytes; i += 4) {
    if (memory.i32[(payloadAt + i) >> 2] !== Math.imul(expected.seed + i, 0x9e3779b9)) {
      expect.fail(`payload of frame ${expected.seed} differs at byte ${i}`);
    }
  }
}

function read(model: Model, real: Real, framesMax: number): void {
  real.reader.poll();
  let left = framesMax;
  while (left > 0 && real.reader.pos !== real.reader.end) {
    real.reader.forEachFrame((kind, _memory, at, word0) => {
      if (kind === FrameKind.pad) return;
      const expected = model.queue.shift();
      if (expected === undefined) expect.fail('a frame that was never committed');
      else checkFrame(real, at, word0, expected);
      left--;
    }, 1);
  }
}

type Command = fc.Command<Model, Real>;

function command(name: string, run: (model: Model, real: Real) => void): Command {
  return {
    check: () => true,
    run: (model, real) => {
      run(model, real);
      real.checkLayout();
    },
    toString: () => name,
  };
}

const commands: fc.Arbitrary<Command>[] = [
  fc
    .record({
      words: fc.oneof(fc.nat(12), fc.nat(190)),
      slack: fc.constantFrom(0, 8, 64),
      count: fc.integer({ min: 1, max: 12 }),
    })
    .map(({ words, slack, count }) =>
      command(`row(${words * 8}+${slack})x${count}`, (model, { writer }) => {
        const prefix = writer.prefixBytes + FRAME_HEADER_BYTES;
        const payloadBytes = Math.min(words * 8, writer.frameBytesMax - prefix);
        for (let i = 0; i < count; i++) {
          const seed = ++model.committed;
          writeRow(writer, payloadBytes, seed, slack);
          model.queue.push({ kind: FrameKind.row, payloadBytes, seed });
        }
      }),
    ),
  fc.integer({ min: 1, max: 80 }).map((count) =>
    command(`watermark x${count}`, (model, { writer }) => {
      for (let i = 0; i < count; i++) {
        const seed = ++model.committed;
        writeWatermark(writer, seed);
        model.queue.push({ kind: FrameKind.watermark, payloadBytes: 8, seed });
      }
    }),
  ),
  fc.constant(command('publish', (_, { writer }) => writer.publish())),
  fc.constant(
    command('drain', (_, { writer }) => {
      expect(writer.drain()).toBe(writer.overdraftBytes === 0);
    }),
  ),
  fc
    .integer({ min: 1, max: 60 })
    .map((n) => command(`read(${n})`, (model, real) => read(model, real, n))),
  fc
    .boolean()
    .map((force) => command(`release(${force})`, (_, { reader }) => reader.release(force))),
  fc
    .integer({ min: 1, max: 500 })
    .map((n) => command(`window(${n * 8})`, (_, { reader }) => reader.setWindow(n * 8))),
  fc
    .integer({ min: 1, max: 2000 })
    .map((n) => command(`hasRoom(${n})`, (_, { writer }) => void writer.hasRoom(n))),
];

test('whatever is committed is read once, in order and unchanged, and the layout laws hold', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(4096, 8192),
      fc.oneof(
        fc.constant(0),
        fc.integer({ min: 0, max: 800 }).map((n) => (0x7fffffff + 1 - n * 16) | 0),
        fc.integer({ min: 0, max: 800 }).map((n) => (-n * 16) | 0),
      ),
      fc.constantFrom<0 | 8>(0, 8),
      fc.constantFrom(64, 1024, 65536),
      fc.commands(commands, { size: 'large', maxCommands: 80 }),
      (capacityBytes, start, prefixBytes, windowBytes, sequence) => {
        const real = new Real(capacityBytes, start, prefixBytes, windowBytes);
        const model: Model = { committed: 0, queue: [] };
        fc.modelRun(() => ({ model, real }), sequence);
        // Whatever is still on its way arrives by alternating drain and release alone.
        writeEnd(real.writer);
        model.queue.push({ kind: FrameKind.end, payloadBytes: 0, seed: 0 });
        real.writer.publish();
        for (let turn = 0; model.queue.length > 0; turn++) {
          if (turn > 3000) expect.fail(`no progress with ${model.queue.length} frames left`);
          real.writer.drain();
          read(model, real, 1e9);
          real.reader.release(true);
        }
        expect(real.writer.overdrafted).toBe(false);
        expect(readRingStatistics(real.ring).backlogBytes).toBe(0);
      },
    ),
    { numRuns: 200 },
  );
});

test('a frame of the largest size fits a ring read empty, wherever its positions are', () => {
  fc.assert(
    fc.property(fc.nat(1024), fc.constantFrom<0 | 8>(0, 8), (sixteenths, prefixBytes) => {
      const start = (0x7fffffff - 8192 + 1 + sixteenths * 16) | 0;
      const real = new Real(4096, start, prefixBytes, 8);
      const { writer, reader } = real;
      writeRow(writer, writer.frameBytesMax - prefixBytes - FRAME_HEADER_BYTES, 7, 0);
      for (let turn = 0; turn < 3 && !writer.drain(); turn++) reader.release(true);
      writer.publish();
      expect(writer.overdrafted).toBe(false);
      expect(reader.poll()).toBe(true);
    }),
  );
});
