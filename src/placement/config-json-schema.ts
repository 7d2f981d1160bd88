/** The configuration's JSON Schema, for editors; `schemas/millrace.schema.json` is generated from here. Loaded lazily. */

import * as z from 'zod';

import { configSchema } from './config-schema.ts';

/** The JSON Schema (2020-12) of the file as written: an environment reference may stand for any value. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { target: 'draft-2020-12', io: 'input' });
  return {
    ...withReferences(schema as JsonSchema),
    $defs: {
      reference: {
        type: 'string',
        pattern: '\\$\\{[A-Za-z_]\\w*(:-[^}]*)?\\}',
        description: 'An environment variable: ${NAME} or ${NAME:-default}.',
      },
    },
  };
}

interface JsonSchema {
  readonly [key: string]: unknown;
  readonly description?: string;
  readonly anyOf?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | false;
}

function withReferences(schema: JsonSchema): JsonSchema {
  const { properties, additionalProperties, description, anyOf, ...rest } = schema;
  if (rest['type'] !== 'object') {
    const choices = [...(anyOf ?? [rest]), { $ref: '#/$defs/reference' }];
    return { ...(description === undefined ? {} : { description }), anyOf: choices };
  }
  const named = Object.entries(properties ?? {}).map(([key, value]) => [
    key,
    key === '$schema' ? value : withReferences(value),
  ]);
  return {
    ...rest,
    ...(description === undefined ? {} : { description }),
    ...(properties === undefined ? {} : { properties: Object.fromEntries(named) }),
    additionalProperties:
      typeof additionalProperties === 'object' ? withReferences(additionalProperties) : false,
  };
}
