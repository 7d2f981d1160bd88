import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  formatBytes,
  formatCount,
  formatCpu,
  formatDuration,
  parseBytes,
  parseCpu,
  parseDuration,
} from '../../src/base/index.ts';

describe('bytes', () => {
  test('are read in binary and decimal units', () => {
    expect(['64MiB', '1.5GB', '4096', '2 KiB', '10kB', '0'].map(parseBytes)).toEqual([
      67_108_864, 1_500_000_000, 4096, 2048, 10_000, 0,
    ]);
    expect(parseBytes(4096)).toBe(4096);
  });

  test('print in a form that reads back to within half of the last digit', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31 - 1), (bytes) => {
        const back = parseBytes(formatBytes(bytes));
        expect(Math.abs(back - bytes)).toBeLessThanOrEqual(bytes * 0.005);
      }),
    );
  });

  test('refuse other units, naming what was expected and got', () => {
    expect(() => parseBytes('12 pints')).toThrow(
      expect.objectContaining({
        code: 'ERR_BASE_UNIT',
        message: 'Expected a size in bytes such as 64MiB, 1.5GB, 4096, got 12 pints',
      }),
    );
    for (const bad of ['', '-1', 'MiB', '1e9', '64mib']) expect(() => parseBytes(bad)).toThrow();
  });
});

describe('durations', () => {
  test('are read as milliseconds', () => {
    expect(['250ms', '5s', '1.5h', '2d', '10us', '3m', '3min', '7'].map(parseDuration)).toEqual([
      250, 5000, 5_400_000, 172_800_000, 0.01, 180_000, 180_000, 7,
    ]);
  });

  test('print with the unit a person would choose', () => {
    expect([0.5, 12, 1500, 90_000, 5_400_000].map(formatDuration)).toEqual([
      '500 us',
      '12 ms',
      '1.5 s',
      '1 min 30 s',
      '1 h 30 min',
    ]);
  });
});

describe('CPU shares', () => {
  test('round trip through their printed form', () => {
    fc.assert(
      fc.property(fc.nat(64_000), (milli) => {
        expect(parseCpu(formatCpu(milli))).toBe(milli);
      }),
    );
  });

  test('are cores or milli-cores and nothing else', () => {
    expect([parseCpu(2), parseCpu('0.5'), parseCpu('250m')]).toEqual([2000, 500, 250]);
    for (const bad of ['', '-1', '2 cores', 'm']) expect(() => parseCpu(bad)).toThrow();
  });
});

test('counts print with SI suffixes', () => {
  expect([0, 999, 12_345_678, 2e9].map(formatCount)).toEqual(['0', '999', '12.3 M', '2 G']);
});
