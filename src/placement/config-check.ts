/**
 * One tree of plain values against the schema: problems with their places, or resolved values. Loaded lazily, since it
 * pulls in the schema.
 */

import type { ErrorPlace } from '../base/index.ts';
import type { ConfigPath, ConfigProblems } from './config-problems.ts';
import { configSchema, isSection, knownKeys } from './config-schema.ts';

/** Where the value, or the key itself, of a path stands. */
export type PlaceOf = (path: ConfigPath, what: 'key' | 'value') => ErrorPlace;

/** Checks the whole tree; what it returns is meaningful only when no problem was added. */
export function checkTree(
  tree: unknown,
  problems: ConfigProblems,
  placeOf: PlaceOf,
): Record<string, unknown> {
  const cleaned = dropEmptySections(tree, []) ?? {};
  const result = configSchema.safeParse(cleaned);
  if (result.success) return result.data;
  for (const issue of result.error.issues) {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const keyPath = [...path, key];
        problems.addKey(keyPath, knownKeys(path) ?? [], placeOf(keyPath, 'key'));
      }
    } else {
      const got = valueAt(cleaned, path);
      problems.addValue(
        path.length === 0 ? ['configuration'] : path,
        issue.message,
        got,
        placeOf(path, 'value'),
      );
    }
  }
  return {};
}

/** `pool:` with nothing below it is what remains when all its keys are commented out: no section at all. */
function dropEmptySections(value: unknown, path: ConfigPath): unknown {
  if (value === null) return isSection(path) ? undefined : null;
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, dropEmptySections(item, [...path, key])] as const)
      .filter(([, item]) => item !== undefined),
  );
}

function valueAt(tree: unknown, path: ConfigPath): unknown {
  let value = tree;
  for (const segment of path)
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, segment)
        ? Reflect.get(value, segment)
        : undefined;
  return value;
}
