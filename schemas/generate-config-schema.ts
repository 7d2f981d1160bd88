/**
 * Writes `millrace.schema.json` from the schema in `src/placement`. Run `node -C source schemas/generate-config-schema.ts`,
 * then the formatter; a test proves the file current.
 */

import { writeFileSync } from 'node:fs';

import { configJsonSchema } from '../src/placement/config-json-schema.ts';

const text = `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
writeFileSync(new URL('millrace.schema.json', import.meta.url), text);
