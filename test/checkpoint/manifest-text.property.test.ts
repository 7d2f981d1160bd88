/** Laws of src/checkpoint/manifest-text.ts. */

import { crc32 } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  filesOf,
  holdingUids,
  manifestBytes,
  memoryStore,
  parseManifest,
} from '../../src/checkpoint/index.ts';
import type { Manifest } from '../../src/checkpoint/index.ts';
import { jobState, sectionIn, testManifest, writeStates } from '../support/checkpoint-states.ts';

const FILE = 'chk-000000000007.manifest';
const state = fc.sample(jobState, { numRuns: 1, seed: 5 })[0]!;
const manifest = testManifest(7, await writeStates(memoryStore(), 7, state));

/** Bytes with a right checksum over whatever JSON. */
function bytesOf(json: unknown): Uint8Array {
  const line = Buffer.from(JSON.stringify(json));
  const sum = crc32(line).toString(16).padStart(8, '0');
  return new Uint8Array(Buffer.concat([line, Buffer.from(`\ncrc32 ${sum} ${line.length}\n`)]));
}

function jsonOf(bytes: Uint8Array): Record<string, unknown> {
  const [line = ''] = Buffer.from(bytes).toString().split('\n');
  return JSON.parse(line) as Record<string, unknown>;
}

type Path = readonly (string | number)[];

/** Every way to a value of the document. */
function pathsOf(value: unknown, way: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [way];
  const inner = Object.entries(value).flatMap(([key, each]) =>
    pathsOf(each, [...way, Array.isArray(value) ? Number(key) : key]),
  );
  return way.length === 0 ? inner : [way, ...inner];
}

function at(root: unknown, path: Path): Record<string | number, unknown> {
  return path.reduce(
    (value, key) => (value as Record<string | number, unknown>)[key],
    root,
  ) as Record<string | number, unknown>;
}

describe('a manifest', () => {
  test('comes back from its bytes', async () => {
    await fc.assert(
      fc.asyncProperty(jobState, fc.nat(1e12), async (states, id) => {
        const one = testManifest(id, await writeStates(memoryStore(), id, states));
        expect(parseManifest(manifestBytes(one), FILE)).toEqual(one);
      }),
    );
  });

  test('names the channels of rows on their way', () => {
    const [subtask] = manifest.subtasks;
    const inFlight = [
      {
        from: 'b',
        sideOutput: 'late',
        producer: 1,
        producers: 2,
        to: 'a',
        input: 1 as const,
        consumer: 0,
        consumers: 3,
        edge: 1,
        layout: 'Row',
        timestamps: true,
        section: sectionIn('chk-000000000007-s0-1.state'),
      },
    ];
    const one = { ...manifest, subtasks: [{ ...subtask!, inFlight }] };
    expect(parseManifest(manifestBytes(one), FILE)).toEqual(one);
    expect([...holdingUids({ subtasks: one.subtasks })]).toContain('a');
    expect(filesOf(one)).toContain('chk-000000000007-s0-1.state');
  });

  test('is one line of JSON with a layout written once', () => {
    const json = jsonOf(manifestBytes(manifest));
    expect(json).toMatchObject({ format: 'millrace-checkpoint', version: 1, checkpoint: 7 });
    expect(json['layouts']).toHaveLength(1);
  });

  test('that was cut off, or changed in one bit, is an error', () => {
    const bytes = manifestBytes(manifest);
    const damaged = expect.objectContaining({ code: 'ERR_CHECKPOINT_MANIFEST' });
    for (let length = 0; length < bytes.length; length += 7) {
      expect(() => parseManifest(bytes.subarray(0, length), FILE)).toThrow(damaged);
    }
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (where, bit) => {
        const changed = bytes.slice();
        changed[where]! ^= 1 << bit;
        expect(() => parseManifest(changed, FILE)).toThrow(damaged);
      }),
      { numRuns: 300 },
    );
  });

  test('with a field that is missing, unknown or of another type is an error that names it', () => {
    const whole = jsonOf(manifestBytes(manifest));
    // What is kept as it is: the positions of splits, and what a type's reader checks.
    const paths = pathsOf(whole).filter(
      (path) => !path.some((key) => ['splits', 'types', 'type'].includes(String(key))),
    );
    expect(paths.length).toBeGreaterThan(80);
    const wrong = (
      change: (parent: Record<string | number, unknown>, key: string | number) => void,
    ) =>
      paths.filter((path) => {
        const json = structuredClone(whole);
        change(at(json, path.slice(0, -1)), path.at(-1)!);
        try {
          parseManifest(bytesOf(json), FILE);
          return true;
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'ERR_CHECKPOINT_MANIFEST' });
          return false;
        }
      });
    expect(wrong((parent, key) => void (parent[key] = [[]]))).toEqual([]);
    expect(
      wrong((parent, key) => {
        if (typeof parent[key] === 'object' && !Array.isArray(parent[key])) {
          (parent[key] as Record<string, unknown>)['more'] = 1;
        } else parent[key] = { more: 1 };
      }),
    ).toEqual([]);
    const named = paths.filter((path) => typeof path.at(-1) === 'string');
    for (const path of named.filter((each) => each.at(-1) !== 'stamps')) {
      const json = structuredClone(whole);
      delete at(json, path.slice(0, -1))[path.at(-1)!];
      expect(() => parseManifest(bytesOf(json), FILE)).toThrow(`field ${path.at(-1)}`);
    }
  });

  test('says where it is wrong, what was expected and what is there', () => {
    const json = jsonOf(manifestBytes(manifest));
    at(json, ['subtasks', 1])['index'] = -3;
    expect(() => parseManifest(bytesOf(json), FILE)).toThrow(
      `The manifest ${FILE} is damaged at subtasks[1].index: expected an integer from 0 to 9007199254740991, got -3`,
    );
  });

  test('of another version is an error of its own', () => {
    expect(() => parseManifest(bytesOf({ version: 2, whatever: true }), FILE)).toThrow(
      expect.objectContaining({ code: 'ERR_CHECKPOINT_VERSION' }),
    );
  });

  test.for<[string, (one: Manifest) => Manifest]>([
    [
      'names a subtask twice',
      (one) => ({ ...one, subtasks: [one.subtasks[0]!, one.subtasks[0]!] }),
    ],
    [
      'has two operators of one uid',
      (one) => ({ ...one, operators: [one.operators[0]!, one.operators[0]!] }),
    ],
    ['has state of no operator', (one) => ({ ...one, operators: one.operators.slice(1) })],
    [
      'holds a key group twice',
      (one) => ({
        ...one,
        subtasks: one.subtasks.map((subtask) => {
          const [handle] = one.subtasks.flatMap(({ operators }) => operators['a']!.keyed);
          const keyed = [{ ...handle!, keyGroups: [[2, 4] as const], section: sectionIn('x') }];
          return { ...subtask, operators: { a: { keyed, operator: [] } } };
        }),
      }),
    ],
    [
      'has positions that are no JSON',
      (one) => ({
        ...one,
        subtasks: one.subtasks.map((subtask) => ({ ...subtask, splits: { s: Number.NaN } })),
      }),
    ],
  ])('that %s is not written', ([, change]) => {
    expect(() => manifestBytes(change(manifest))).toThrow(
      expect.objectContaining({ code: 'ERR_CHECKPOINT_MANIFEST' }),
    );
  });
});
