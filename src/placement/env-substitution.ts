/**
 * Environment variables in the texts of a configuration: `${NAME}`, `${NAME:-default}`; `$${` stands for `${`.
 *
 * Law: a text without `${` is unchanged. A text that becomes a whole number, `true` or `false` by substitution is
 * that value, as if it had been written in the file.
 */

import type { ErrorPlace } from '../base/index.ts';
import type { ConfigPath, ConfigProblems } from './config-problems.ts';

const REFERENCE = /\$?\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g;

/** The tree with every reference replaced; a variable that is not set and has no default is a problem. */
export function substituteEnvironment(
  tree: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  problems: ConfigProblems,
  placeOf: (path: ConfigPath) => ErrorPlace,
): unknown {
  const visit = (value: unknown, path: ConfigPath): unknown => {
    if (typeof value === 'string') return substitute(value, path);
    if (Array.isArray(value))
      return value.map((item, index) => visit(item, [...path, String(index)]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, visit(item, [...path, key])]),
    );
  };
  const substitute = (text: string, path: ConfigPath): unknown => {
    let changed = false;
    let missing = false;
    const result = text.replace(REFERENCE, (whole, name: string, otherwise: string | undefined) => {
      if (whole.startsWith('$$')) return whole.slice(1);
      changed = true;
      // As in a shell, `:-` also stands in for a variable that is set but empty.
      const value = environment[name];
      if (value !== undefined && (value !== '' || otherwise === undefined)) return value;
      if (otherwise !== undefined) return otherwise;
      problems.addValue(
        path,
        `set by the environment variable ${name} (or give a default: \${${name}:-value})`,
        undefined,
        placeOf(path),
      );
      missing = true;
      return '';
    });
    if (missing) return undefined;
    return changed ? typed(result) : result;
  };
  return visit(tree, []);
}

function typed(text: string): unknown {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  if (text === 'true') return true;
  return text === 'false' ? false : text;
}
