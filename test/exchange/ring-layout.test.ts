import { expect, test } from 'vitest';
import { checkCapacity, createRing, frameBytesMax, usableBytes } from '../../src/exchange/index.ts';
import { ringMemoryBytes } from '../../src/exchange/index.ts';
import {
  CONTROL_BYTES,
  LIMIT_WORD,
  LINE_PAIR_BYTES,
  READ_WORD,
  WANTED_WORD,
  WRITTEN_WORD,
} from '../../src/exchange/ring-layout.ts';

test('a capacity out of range is an error with the range', () => {
  for (const gotBytes of [0, 2048, 2 ** 31, NaN]) {
    expect(() => checkCapacity(gotBytes)).toThrow(
      expect.objectContaining({
        code: 'ERR_EXCHANGE_RING_RANGE',
        details: { minBytes: 4096, maxBytes: 2 ** 30, gotBytes },
      }),
    );
  }
});

test('a capacity that is no power of two is an error that names the next one', () => {
  for (const gotBytes of [5000, 4096.5]) {
    expect(() => createRing(gotBytes)).toThrow(
      expect.objectContaining({
        code: 'ERR_EXCHANGE_RING_POWER',
        details: { gotBytes, nextBytes: 8192 },
      }),
    );
  }
});

test('hot words lie at least two cache lines apart, inside the control buffer', () => {
  const words = [WRITTEN_WORD, LIMIT_WORD, READ_WORD, WANTED_WORD].map((word) => word * 4);
  for (const [i, byte] of words.entries()) {
    if (i > 0) expect(byte - words[i - 1]!).toBeGreaterThanOrEqual(LINE_PAIR_BYTES);
    expect(byte).toBeLessThan(CONTROL_BYTES);
  }
});

test('the largest frame and its pad together fit what may be granted', () => {
  for (let capacity = 4096; capacity <= 2 ** 30; capacity *= 2) {
    const frame = frameBytesMax(capacity);
    expect(frame % 8).toBe(0);
    // The pad before a frame is at most 8 bytes longer than the frame.
    expect(frame + frame + 8).toBeLessThanOrEqual(usableBytes(capacity));
  }
});

test('a ring takes the memory that is accounted for it', () => {
  const ring = createRing(8192);
  expect(ring.data.byteLength + ring.control.byteLength).toBe(ringMemoryBytes(8192));
});
