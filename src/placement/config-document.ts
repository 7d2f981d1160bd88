/**
 * Text of a configuration file to a tree of plain values that remembers where each stands.
 *
 * YAML 1.2 and JSON go the same way, since JSON is YAML; a `.json` file must also be strict JSON. Loaded lazily: it
 * pulls in the YAML parser.
 */

import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';

import type { ErrorPlace } from '../base/index.ts';
import type { ConfigPath, ConfigProblems } from './config-problems.ts';

/** A parsed file. */
export interface ConfigDocument {
  /** Plain values; undefined for an empty file. */
  readonly tree: unknown;
  /** Where the value, or the key itself, of a path stands; the nearest parent's place when it is not in the text. */
  placeOf(path: ConfigPath, what: 'key' | 'value'): ErrorPlace;
}

/** Parses the text; problems of syntax are added to `problems` and the tree is then undefined. */
export function parseConfigText(
  text: string,
  file: string,
  json: boolean,
  problems: ConfigProblems,
): ConfigDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const format = json ? 'JSON' : 'YAML';
  const at = (offset: number): ErrorPlace => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  let broken = false;
  for (const error of document.errors) {
    // One slip makes the parser complain about everything after it; only the first complaint is the user's.
    if (broken) break;
    const reason = error.message.split('\n')[0]!;
    const duplicate = error.code === 'DUPLICATE_KEY';
    broken = !duplicate;
    problems.add(
      duplicate ? 'ERR_CONFIG_DUPLICATE' : 'ERR_CONFIG_SYNTAX',
      duplicate ? { reason: keyAt(text, error.pos[0]) } : { format, reason },
      at(error.pos[0]),
    );
  }
  if (json && document.errors.length === 0 && text.trim() !== '') {
    try {
      JSON.parse(text);
    } catch (thrown) {
      const reason = (thrown as Error).message;
      const offset = Number(/position (\d+)/.exec(reason)?.[1] ?? 0);
      problems.add('ERR_CONFIG_SYNTAX', { format, reason }, at(offset));
    }
  }
  const tree = problems.count > 0 ? undefined : plainValues(document, format, file, problems);
  return {
    tree,
    placeOf: (path, what) => {
      const node = find(document.contents, path, what);
      return node?.range ? at(node.range[0]) : { file };
    },
  };
}

function plainValues(
  document: Document,
  format: string,
  file: string,
  problems: ConfigProblems,
): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) ?? undefined;
  } catch (thrown) {
    // An alias without its anchor, or aliases that multiply: found only when the values are built.
    problems.add('ERR_CONFIG_SYNTAX', { format, reason: (thrown as Error).message }, { file });
    return undefined;
  }
}

function keyAt(text: string, offset: number): string {
  return /^[^\s:]+/.exec(text.slice(offset, offset + 60))?.[0] ?? 'a key';
}

function find(root: unknown, path: ConfigPath, what: 'key' | 'value'): Node | undefined {
  let node = root as Node | undefined;
  let found = node;
  for (const [depth, segment] of path.entries()) {
    if (!isMap(node)) return found;
    const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === segment);
    if (pair === undefined) return found;
    const last = depth === path.length - 1;
    node = (pair.value ?? undefined) as Node | undefined;
    // An empty value has no text of its own: its key stands for it.
    found =
      (last && what === 'key') || !node?.range || emptyScalar(node) ? (pair.key as Node) : node;
  }
  return found;
}

function emptyScalar(node: Node): boolean {
  return isScalar(node) && node.value === null;
}
