import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { didYouMean, nearestName } from '../../src/base/nearest.ts';
import { firstForeignFrame, formatLocation } from '../../src/graph/source-location.ts';
import { textHash } from '../../src/base/index.ts';
import { stableJson } from '../../src/graph/stable-text.ts';
import { fitLine, table } from '../../src/graph/text-layout.ts';

describe('the nearest name', () => {
  test('is the one with the fewest changes, whatever its case', () => {
    expect(nearestName('orgin', ['destination', 'origin', 'order'])).toBe('origin');
    expect(nearestName('PRICE', ['bidder', 'price'])).toBe('price');
    expect(didYouMean('prcie', ['price'])).toBe(" Did you mean 'price'?");
  });

  test('is none when all are far', () => {
    expect(nearestName('auction', ['price', 'bidder'])).toBeUndefined();
    expect(didYouMean('x', [])).toBe('');
  });
});

describe('the hash of a text', () => {
  test('does not change from run to run', () => {
    expect(textHash('')).toBe('1aee8d83488bdcb8');
    expect(textHash('millrace')).toMatch(/^[0-9a-f]{16}$/);
  });

  test('is the published algorithm, whose author keeps 53 of the bits', () => {
    const published = (text: string): number => {
      const [low, high] = [textHash(text).slice(0, 8), textHash(text).slice(8)];
      return (Number(`0x${high}`) % 2 ** 21) * 2 ** 32 + Number(`0x${low}`);
    };
    expect(published('a')).toBe(7_929_297_801_672_961);
    expect(published('revenge')).toBe(4_051_478_007_546_757);
  });

  test('tells texts apart', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(textHash(a) === textHash(b)).toBe(a === b);
      }),
    );
  });
});

describe('stable JSON', () => {
  test('does not depend on the order of keys', () => {
    expect(stableJson({ b: [1, { d: 2, c: 3 }], a: null })).toBe(
      '{"a":null,"b":[1,{"c":3,"d":2}]}',
    );
  });

  test('tells apart what JSON does not', () => {
    const values = [
      undefined,
      null,
      'undefined',
      1n,
      1,
      '1',
      Number.NaN,
      0,
      -0,
      [undefined],
      [null],
    ];
    const dates = [new Date(0), new Date(1), {}];
    const functions = [(): number => 1, (): number => 2];
    const texts = [...values, ...dates, ...functions].map(stableJson);
    expect(new Set(texts).size).toBe(texts.length);
  });
});

describe('the first frame of a stack that is not ours', () => {
  const own = new URL('../../src/graph/stream.ts', import.meta.url);
  const stack = (...frames: string[]): string => ['Error', ...frames].join('\n');

  test('is found behind our own and those of Node', () => {
    const frame = firstForeignFrame(
      stack(
        `    at callSite (${own.href}:3:4)`,
        `    at Foo.map (${own.pathname}:9:1)`,
        '    at node:internal/modules/run:1:2',
        '    at build (file:///home/me/my%20jobs/(old)/job.ts?v=2:12:6)',
        '    at main (file:///home/me/main.ts:1:1)',
      ),
    );
    expect(frame).toEqual({ file: '/home/me/my jobs/(old)/job.ts', line: 12, column: 6 });
    expect(formatLocation(frame!)).toBe('job.ts:12:6');
  });

  test('may have no function, be asynchronous, or be on Windows', () => {
    expect(firstForeignFrame(stack('    at /a/b.js:1:2'))?.file).toBe('/a/b.js');
    expect(firstForeignFrame(stack('    at async file:///a/b.js:1:2'))?.file).toBe('/a/b.js');
    const windows = firstForeignFrame(stack('    at new Foo (C:\\jobs\\b.js:1:2)'));
    expect(windows?.file).toBe('C:\\jobs\\b.js');
    expect(formatLocation(windows!)).toBe('b.js:1:2');
  });

  test('counts the examples as user code', () => {
    const example = new URL('../../src/examples/airport-delays.ts', import.meta.url);
    const frame = firstForeignFrame(stack(`    at ${own.href}:1:1`, `    at ${example.href}:5:7`));
    expect(frame && formatLocation(frame)).toBe('airport-delays.ts:5:7');
  });

  test('is none in a stack of our own, or without frames', () => {
    expect(firstForeignFrame(stack(`    at ${own.href}:1:1`))).toBeUndefined();
    expect(firstForeignFrame('')).toBeUndefined();
  });
});

describe('text for people', () => {
  test('fits 80 columns, keeps its words, and is indented where it goes on', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1, maxLength: 40 }),
        fc.nat(10),
        (words, indent) => {
          const lines = fitLine(' '.repeat(indent) + words.join(' '));
          expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
          expect(lines.join(' ').split(/ +/).filter(Boolean)).toEqual(words);
          for (const line of lines.slice(1))
            expect(line).toMatch(new RegExp(`^ {${indent + 4}}\\S`));
        },
      ),
    );
  });

  test('is ASCII, and long words are cut', () => {
    expect(fitLine('Zürich \u{1F600}')).toEqual(['Z?rich ?']);
    expect(fitLine('x'.repeat(100))).toEqual([`${'x'.repeat(77)}...`]);
  });

  test('stands in columns', () => {
    expect(
      table(
        [
          ['a', '', 'long', 'x'],
          ['bcd', '', '', 'y'],
        ],
        2,
      ),
    ).toEqual(['  a    long  x', '  bcd        y']);
  });
});
