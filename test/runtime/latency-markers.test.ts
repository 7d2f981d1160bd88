import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/base/index.ts';
import {
  createRing,
  latencyMarkerAt,
  OutputGate,
  OutputPressure,
  RingReader,
  RingWriter,
} from '../../src/exchange/index.ts';
import { mergeLatency } from '../../src/metrics/index.ts';
import { FrameKind } from '../../src/record/index.ts';
import {
  LatencyMarkers,
  LatencyTrack,
  MARKER_INTERVAL_MS,
} from '../../src/runtime/latency-markers.ts';

function gateOf(channels: number): {
  readonly gate: OutputGate;
  readonly readers: readonly RingReader[];
} {
  const rings = Array.from({ length: channels }, () => createRing(4096));
  const pressure = new OutputPressure();
  const writers = rings.map((ring) => new RingWriter(ring, { prefixBytes: 0, pressure }));
  const readers = rings.map((ring) => new RingReader(ring, { prefixBytes: 0 }));
  return { gate: new OutputGate(writers, pressure), readers };
}

/** Intended times of the markers that arrived on a channel. */
function markersOf(reader: RingReader): number[] {
  const intended: number[] = [];
  reader.poll();
  reader.forEachFrame((kind, memory, at) => {
    expect(kind).toBe(FrameKind.latencyMarker);
    intended.push(latencyMarkerAt(memory, at + 8).intendedMs);
  });
  return intended;
}

describe('latency markers', () => {
  it('are sent at most once per interval, down one channel in turn', () => {
    const clock = new ManualClock(1000);
    const { gate, readers } = gateOf(2);
    const markers = new LatencyMarkers([gate], 0, clock, new LatencyTrack(() => undefined));
    for (let i = 0; i < 10 * MARKER_INTERVAL_MS; i++) {
      clock.advance(1);
      markers.send(clock.monotonicMs());
    }
    const [first, second] = readers.map(markersOf);
    expect(first!.length + second!.length).toBe(10);
    expect(Math.abs(first!.length - second!.length)).toBeLessThanOrEqual(1);
  });

  it('carry the time they were due, not the time a late step sent them', () => {
    const clock = new ManualClock(1000);
    const { gate, readers } = gateOf(1);
    const markers = new LatencyMarkers([gate], 0, clock, new LatencyTrack(() => undefined));
    markers.send(1000);
    markers.send(1000 + MARKER_INTERVAL_MS + 70);
    expect(markersOf(readers[0]!)).toEqual([1000, 1000 + MARKER_INTERVAL_MS]);
  });

  it('are recorded with their age where the chain ends', async () => {
    const clock = new ManualClock(5000);
    const loading: Promise<unknown>[] = [];
    const track = new LatencyTrack((promise) => void loading.push(promise));
    const markers = new LatencyMarkers([], 3, clock, track);
    expect(track.encode()).toBeUndefined();
    // The first one loads the library and is not recorded.
    markers.pass(4999, 0);
    await Promise.all(loading);
    markers.pass(4998, 0);
    markers.pass(4990, 0);
    const summary = await mergeLatency([track.encode()!]);
    expect(summary.count).toBe(2);
    expect(summary.maxUs).toBeGreaterThan(9_900);
    expect(summary.maxUs).toBeLessThan(10_100);
  });
});
