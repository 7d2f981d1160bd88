/** Problems of a configuration: collected, then thrown all at once, the first one leading. */

import { EngineError } from '../base/index.ts';
import type { ErrorCode, ErrorPlace } from '../base/index.ts';

/** Keys from the root of the configuration to a value. */
export type ConfigPath = readonly string[];

/** Collects problems; owner: one load. */
export class ConfigProblems {
  readonly #errors: EngineError[] = [];

  get count(): number {
    return this.#errors.length;
  }

  add(code: ErrorCode, details: Readonly<Record<string, unknown>>, place: ErrorPlace = {}): void {
    this.#errors.push(new EngineError(code, details, { place }));
  }

  /** An unknown key, with the nearest known one. */
  addKey(path: ConfigPath, known: readonly string[], place: ErrorPlace): void {
    const key = path.at(-1) ?? '';
    this.add(
      'ERR_CONFIG_KEY',
      {
        key: showPath(path),
        section: path.length < 2 ? 'the configuration' : showPath(path.slice(0, -1)),
        known: known.filter((name) => !name.startsWith('$')).join(', '),
        suggestion: didYouMean(key, known, 'Remove the key, or use one of those.'),
      },
      place,
    );
  }

  /** A value that is not what was expected. */
  addValue(path: ConfigPath, expected: string, got: unknown, place: ErrorPlace): void {
    this.add('ERR_CONFIG_VALUE', { key: showPath(path), expected, got: showValue(got) }, place);
  }

  /**
   * Throws when there is any problem: the first, in the order of the file, with all of them in `details.problems`.
   *
   * @throws the code of the first problem
   */
  throwIfAny(): void {
    const sorted = [...this.#errors].sort(
      (a, b) =>
        (a.place.line ?? 0) - (b.place.line ?? 0) || (a.place.column ?? 0) - (b.place.column ?? 0),
    );
    const first = sorted[0];
    if (first === undefined) return;
    const problems = sorted.map((error) => ({
      code: error.code,
      message: error.message,
      hint: error.hint,
      ...error.place,
    }));
    throw new EngineError(first.code, { ...first.details, problems }, { place: first.place });
  }
}

/**
 * `pool.threads`; a name that holds a dot, a space or a quote is quoted.
 *
 * @example
 * showPath(['jobs', 'a.b', 'chaining']); // 'jobs."a.b".chaining'
 */
export function showPath(path: ConfigPath): string {
  return path
    .map((segment) => (/^[\w$-]+$/.test(segment) ? segment : JSON.stringify(segment)))
    .join('.');
}

/** A value as a person wrote it, cut at 60 characters. */
export function showValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  const text = JSON.stringify(value) ?? `a ${typeof value}`;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** `Did you mean "threads"?`, or `otherwise` when nothing known is near. */
export function didYouMean(got: string, known: readonly string[], otherwise: string): string {
  const near = nearest(got, known);
  return near === undefined ? otherwise : `Did you mean "${near}"?`;
}

/**
 * The known name nearest to `got` by edits (case ignored), at most a third of its length plus one away; ties go to the
 * earlier name. Distance: Levenshtein, by rows (Wagner and Fischer, 1974).
 *
 * @example
 * nearest('thread', ['cpus', 'threads']); // 'threads'
 */
export function nearest(got: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.floor(got.length / 3) + 2;
  for (const name of known) {
    const distance = editDistance(got.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, substituted));
    }
    row = next;
  }
  return row[b.length]!;
}
