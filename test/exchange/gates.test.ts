/** Input and output gates: fairness, blocking, room on every channel, windows that follow the load. */

import { expect, test } from 'vitest';
import {
  createRing,
  InputGate,
  OutputGate,
  OutputPressure,
  RingReader,
  RingWriter,
} from '../../src/exchange/index.ts';
import type { RingDescriptor } from '../../src/exchange/index.ts';
import { FrameKind } from '../../src/record/index.ts';

function wire(channels: number, capacityBytes = 65_536) {
  const rings: RingDescriptor[] = [];
  for (let i = 0; i < channels; i++) rings.push(createRing(capacityBytes));
  const pressure = new OutputPressure();
  const output = new OutputGate(
    rings.map((ring) => new RingWriter(ring, { prefixBytes: 0, pressure })),
    pressure,
  );
  const input = new InputGate(rings.map((ring) => new RingReader(ring, { prefixBytes: 0 })));
  return { output, input };
}

function row(writer: RingWriter, frameBytes = 16): void {
  const at = writer.claim(frameBytes);
  writer.memory.i32[at >> 2] = frameBytes - 8;
  writer.memory.i32[(at + 4) >> 2] = 0;
  writer.commit(frameBytes);
}

/** Reads one frame of the channel. */
function readOne(input: InputGate, channel: number): number {
  let seen = -1;
  input.readers[channel]!.forEachFrame((kind) => (seen = kind), 1);
  return seen;
}

test('channels with frames take turns, empty ones are passed over', () => {
  const { output, input } = wire(4);
  for (const channel of [0, 1, 3]) for (let i = 0; i < 3; i++) row(output.writers[channel]!);
  output.publish();
  const turns: number[] = [];
  for (let channel = input.next(); channel >= 0; channel = input.next()) {
    turns.push(channel);
    readOne(input, channel);
  }
  expect(turns).toEqual([0, 1, 3, 0, 1, 3, 0, 1, 3]);
  expect(input.next()).toBe(-1);
});

test('a blocked channel gets no turn until it is unblocked, an ended one never again', () => {
  const { output, input } = wire(2);
  for (const writer of output.writers) for (let i = 0; i < 2; i++) row(writer);
  output.publish();
  input.block(0);
  input.block(0);
  expect(input.blocked).toBe(1);
  expect(input.isBlocked(0)).toBe(true);
  for (let i = 0; i < 2; i++) {
    expect(input.next()).toBe(1);
    readOne(input, 1);
  }
  expect(input.next()).toBe(-1);
  expect(input.settle()).toBe(false);
  input.unblockAll();
  expect(input.blocked).toBe(0);
  expect(input.settle()).toBe(true);
  expect(input.next()).toBe(0);
  input.block(0);
  input.markEnded(0);
  input.markEnded(0);
  expect([input.ended, input.blocked, input.allEnded]).toEqual([1, 0, false]);
  expect(input.isEnded(0)).toBe(true);
  expect(input.next()).toBe(-1);
  input.markEnded(1);
  expect(input.allEnded).toBe(true);
});

test('control frames go to every channel, also to those that are full', () => {
  const { output, input } = wire(3, 4096);
  while (output.writers[1]!.hasRoom(400)) row(output.writers[1]!, 400);
  output.watermark(5);
  output.status(true);
  output.barrier(1, 2, 3);
  output.latencyMarker(2, 1, 0);
  output.end();
  const control: number[][] = [[], [], []];
  for (const [channel, reader] of input.readers.entries()) {
    reader.poll();
    reader.forEachFrame((kind) => {
      if (kind !== FrameKind.row && kind !== FrameKind.pad) control[channel]!.push(kind);
    });
  }
  const all = [FrameKind.watermark, FrameKind.status, FrameKind.barrier, FrameKind.end];
  expect(control[0]).toEqual(all);
  expect(control[1]).toEqual(all);
  expect(control[2]).toEqual([...all.slice(0, 3), FrameKind.latencyMarker, FrameKind.end]);
});

test('a gate has room only when every channel has, and is full while any holds frames back', () => {
  const { output, input } = wire(2, 4096);
  expect(output.hasRoom(1000)).toBe(true);
  while (output.writers[1]!.hasRoom(400)) row(output.writers[1]!, 400);
  expect(output.hasRoom(1000)).toBe(false);
  expect(output.hasRoom(1000)).toBe(false);
  expect(output.full).toBe(false);
  row(output.writers[1]!, 400);
  row(output.writers[1]!, 400);
  expect(output.full).toBe(true);
  expect(output.drain()).toBe(false);
  output.publish();
  for (let i = 0; i < 10; i++) {
    if (input.next() >= 0) readOne(input, 1);
  }
  input.releaseAll();
  expect(output.settle()).toBe(true);
  expect(output.drain()).toBe(true);
  expect(output.full).toBe(false);
  expect(output.hasRoom(1000)).toBe(true);
  expect(output.reportStatistics().rows).toBe(output.writers[1]!.rows);
  expect(new OutputGate([], new OutputPressure()).hasRoom(1)).toBe(true);
});

test('finding nothing to read grants what a release kept back because it was little and nobody waited', () => {
  const { output, input } = wire(1);
  const writer = output.writers[0]!;
  for (let i = 0; i < 10; i++) row(writer);
  output.publish();
  expect(input.next()).toBe(0);
  input.readers[0]!.forEachFrame(() => undefined);
  input.readers[0]!.release();
  // All that was granted at first is 160 bytes less than the producer asks for now.
  while (writer.room() >= 1000) row(writer, 1000);
  const missing = writer.room() + 80;
  expect(writer.hasRoom(missing)).toBe(false);
  expect(output.settle()).toBe(false);
  input.block(0);
  expect(input.next()).toBe(-1);
  expect(output.settle()).toBe(true);
  expect(writer.hasRoom(missing)).toBe(true);
});

test('windows follow the load: cut to the target for a slow consumer with backlog, wide again when it keeps up', () => {
  const rings = [createRing(1_048_576), createRing(1_048_576)];
  const input = new InputGate(rings.map((ring) => new RingReader(ring, { prefixBytes: 0 })));
  const writers = rings.map((ring) => new RingWriter(ring, { prefixBytes: 0 }));
  expect(input.inFlightBytes).toBe(2 * 65_536 + 1_048_576);
  for (let i = 0; i < 30_000; i++) row(writers[0]!, 16);
  writers[0]!.publish();
  // 16,000 bytes in a second: far less than the exclusive windows hold, so only those are left.
  for (let second = 0; second < 5; second++) {
    input.adjustWindows(second * 1000);
    input.readers[0]!.forEachFrame(() => undefined, 1000);
  }
  expect(input.inFlightBytes).toBeCloseTo(1600, 0);
  expect(input.readers.map((reader) => reader.windowBytes)).toEqual([65_536, 65_536]);
  input.readers[0]!.forEachFrame(() => undefined);
  input.adjustWindows(6000);
  expect(input.inFlightBytes).toBe(2 * 65_536 + 1_048_576);
  expect(input.backlogBytes).toBe(0);
});

test('the floating bytes go to the channel with backlog', () => {
  const rings = [createRing(1_048_576), createRing(1_048_576)];
  const input = new InputGate(rings.map((ring) => new RingReader(ring, { prefixBytes: 0 })));
  const writer = new RingWriter(rings[1]!, { prefixBytes: 0 });
  row(writer, 1000);
  writer.publish();
  input.adjustWindows(0);
  const [idle, loaded] = input.readers.map((reader) => reader.windowBytes);
  expect(loaded).toBe(1_048_576 - 1024);
  expect(idle! + loaded!).toBeLessThanOrEqual(input.inFlightBytes);
});
