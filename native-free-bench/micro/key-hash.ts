/**
 * From a row's key to its key group: hashing the UTF-8 bytes where they lie, against decoding the text first and hashing
 * its characters. Both must send every key to the same group.
 */

import { murmur32 } from '#src/base/index';
import { hashText, hashUtf8 } from '#src/record/java-hash';
import { expectAnswer, pairs, parameter, warmUp } from '../harness.ts';
import type { Benchmark, BenchOptions, BenchResult } from '../harness.ts';

const KEY_GROUPS = 128;
const KEY_BYTES = 16;
const DISTINCT = 4096;
const keys = parameter('keys', 20_000, 500_000);
const pairCount = parameter('pairs', 2, 9);

export const benchmark: Benchmark = {
  name: 'key-hash',
  threads: 1,
  topology: `
    bytes of a key --> Java hash --> murmur32 --> key group          measured
    bytes of a key --> string --> Java hash --> murmur32 --> group   ceiling column: what a decode costs
  `,
  run,
};

async function run(options: BenchOptions): Promise<BenchResult[]> {
  const count = keys(options);
  const bytes = makeKeys();
  expectAnswer(groupsByText(bytes, DISTINCT), groupsByBytes(bytes, DISTINCT), 'sum of key groups');
  const expected = groupsByText(bytes, count);
  const timed = (work: (bytes: Uint8Array, count: number) => number) => (): number => {
    const startMs = performance.now();
    const sum = work(bytes, count);
    const rate = (count / (performance.now() - startMs)) * 1000;
    expectAnswer(expected, sum, 'sum of key groups');
    return rate;
  };
  const onBytes = timed(groupsByBytes);
  const onText = timed(groupsByText);
  if (!options.smoke) {
    await warmUp(onBytes);
    await warmUp(onText);
  }
  const { a, b, ratio } = await pairs(onBytes, onText, pairCount(options));
  return [
    {
      name: 'key-hash text key to key group',
      unit: 'keys/s',
      value: a.median,
      ceiling: b.median,
      ratio: ratio.median,
      ratioMin: ratio.min,
      ratioMax: ratio.max,
      keyBytes: KEY_BYTES,
      checksum: expected,
    },
  ];
}

/** `flight-00000042`-like texts of {@link KEY_BYTES} bytes, one after the other in shared memory. */
function makeKeys(): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(DISTINCT * KEY_BYTES));
  for (let i = 0; i < DISTINCT; i++) {
    bytes.set(Buffer.from(`flight-${String(i).padStart(KEY_BYTES - 7, '0')}`), i * KEY_BYTES);
  }
  return bytes;
}

function groupsByBytes(bytes: Uint8Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    sum += murmur32(hashUtf8(bytes, (i % DISTINCT) * KEY_BYTES, KEY_BYTES)) % KEY_GROUPS;
  }
  return sum;
}

function groupsByText(bytes: Uint8Array, count: number): number {
  const decoder = Buffer.from(bytes.buffer);
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const at = (i % DISTINCT) * KEY_BYTES;
    sum += murmur32(hashText(decoder.toString('latin1', at, at + KEY_BYTES))) % KEY_GROUPS;
  }
  return sum;
}
