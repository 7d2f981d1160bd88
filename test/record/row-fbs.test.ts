/** The checked-in schema of the examples' record types is what the examples export today, and flatc takes it. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { parseFbs } from '../../src/record/fbs-import.ts';
import { jsonToBinary } from '../support/flatc.ts';
import { readAny } from '../../src/record/any-reader.ts';

const schemas = new URL('../../schemas/', import.meta.url);
const text = readFileSync(new URL('row.fbs', schemas), 'utf8');

test('row.fbs is current: otherwise run `node -C source schemas/generate-row-schema.ts`', () => {
  const generator = fileURLToPath(new URL('generate-row-schema.ts', schemas));
  // A process of its own: job modules are imported by plain Node, which strips their types.
  const printed = execFileSync(process.execPath, ['-C', 'source', generator, '--print'], {
    encoding: 'utf8',
  });
  expect(text).toBe(printed);
});

test('flatc writes rows by row.fbs that we read', async () => {
  const flight = parseFbs(text).find(({ name }) => name === 'Flight')!;
  const row = {
    date: 978_307_200_000,
    delay: -3,
    distance: 405,
    origin: 'SMF',
    destination: 'PHX',
  };
  const bytes = await jsonToBinary(`${text}root_type Flight;`, JSON.stringify(row));
  expect(readAny(bytes, 0, flight)).toStrictEqual(row);
});
