/**
 * `--set key=value` to a tree with one leaf. A name with a dot in it stands in double quotes:
 * `jobs."a.b".parallelism=2`. The value is read as YAML, like one in the file.
 */

import type { ConfigProblems } from './config-problems.ts';

/** Parses one override; a malformed one is a problem and yields an empty tree. */
export async function parseOverride(text: string, problems: ConfigProblems): Promise<unknown> {
  const match = /^((?:"(?:[^"\\]|\\.)*"|[^="])+)=(.*)$/s.exec(text);
  const path = match ? splitKey(match[1]!) : undefined;
  if (!match || path === undefined) {
    problems.addValue(['--set'], 'key=value such as pool.threads=2', text, {
      file: `--set ${text}`,
    });
    return {};
  }
  const { parseDocument } = await import('yaml');
  const document = parseDocument(match[2]!, { prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) {
    problems.add(
      'ERR_CONFIG_SYNTAX',
      { format: 'YAML', reason: error.message.split('\n')[0] },
      { file: `--set ${text}` },
    );
    return {};
  }
  let tree: unknown = document.toJS();
  for (const segment of path.toReversed()) tree = { [segment]: tree };
  return tree;
}

function splitKey(key: string): readonly string[] | undefined {
  const segments: string[] = [];
  const pattern = /\s*("(?:[^"\\]|\\.)*"|[^."]+?)\s*(\.|$)/y;
  while (pattern.lastIndex < key.length) {
    const match = pattern.exec(key);
    if (!match) return undefined;
    const segment = match[1]!;
    segments.push(segment.startsWith('"') ? (JSON.parse(segment) as string) : segment);
    if (match[2] === '') return segments;
  }
  return undefined;
}
