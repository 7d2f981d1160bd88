/** The schema, what is generated from it, and when it is loaded. */

import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { configJsonSchema } from '../../src/placement/config-json-schema.ts';
import { CONFIG_DEFAULTS } from '../../src/placement/config-resolve.ts';
import { isSection, knownKeys } from '../../src/placement/config-schema.ts';
import { loadConfig } from '../../src/placement/index.ts';
import { poolOf } from '../../src/placement/pool.ts';
import { buildMachine } from './plan-builder.ts';

const root = new URL('../../', import.meta.url);

test('the JSON Schema in the package is current', async () => {
  const text = await readFile(new URL('schemas/millrace.schema.json', root), 'utf8');
  expect(JSON.parse(text)).toEqual(configJsonSchema());
});

test('every key outside jobs and profiles has a default, and every default a key', () => {
  const missing: string[] = [];
  const visit = (value: unknown, path: readonly string[]): void => {
    if (!isSection(path)) return;
    const keys = Object.keys(value as object);
    const known = knownKeys(path)!.filter((key) => !['$schema', 'jobs', 'profiles'].includes(key));
    for (const key of [...known, ...keys])
      if (!known.includes(key) || !keys.includes(key)) missing.push([...path, key].join('.'));
    for (const [key, item] of Object.entries(value as object)) visit(item, [...path, key]);
  };
  visit(CONFIG_DEFAULTS, []);
  expect(missing).toEqual([]);
});

test('every key has a description, and those with a default say it', () => {
  const silent: string[] = [];
  const visit = (schema: unknown, path: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    const { properties } = schema as { properties?: Record<string, { description?: string }> };
    for (const [key, item] of Object.entries(properties ?? {})) {
      if (item.description === undefined) silent.push(`${path}${key}`);
      visit(item, `${path}${key}.`);
    }
    visit((schema as { additionalProperties?: unknown }).additionalProperties, `${path}*.`);
  };
  visit(configJsonSchema(), '');
  expect(silent).toEqual([]);
});

test('the example configuration is valid, also in its profile', async () => {
  const path = fileURLToPath(new URL('src/examples/millrace.yaml', root));
  const surroundings = { environment: {} };
  const config = await loadConfig(path, [], undefined, surroundings);
  expect(config.pool.threads).toBe(2);
  expect(config.jobs['airport-delays']).toMatchObject({ parallelism: 2 });
  const small = await loadConfig(path, [], 'small', surroundings);
  expect(poolOf(buildMachine(1, 1 << 30), small).threads).toBe(1);
});

test('the room loads neither the schema library nor the parser until a configuration is read', () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    const { loadConfig } = await import(process.argv[1]);
    const lazy = (list) => list.filter((url) => /node_modules.(zod|yaml)/.test(url)).length;
    const before = lazy(loaded);
    await loadConfig(undefined, [], undefined, { workingDirectory: '/nonexistent' });
    console.log(JSON.stringify([before, lazy(loaded) > 0]));`;
  const face = new URL('src/placement/index.ts', root).href;
  const output = execFileSync(
    process.execPath,
    ['-C', 'source', '--input-type=module', '-e', script, face],
    { encoding: 'utf8' },
  );
  expect(JSON.parse(output)).toEqual([0, true]);
});
