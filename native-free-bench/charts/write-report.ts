/** Writes the report of a run, or of several that are put together. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { fingerprintOf } from '../machine-info.ts';
import type { BenchDocument } from '../report.ts';
import { reportFiles } from './report-page.ts';

/**
 * One document of several: a result of a later one takes the place of an earlier one's of the same name.
 *
 * @throws RangeError they are of different machines, or there are none
 */
export function mergeDocuments(documents: readonly BenchDocument[]): BenchDocument {
  const last = documents.at(-1);
  if (last === undefined) throw new RangeError('expected at least one document, got none');
  const machines = new Set(documents.map(({ machine }) => fingerprintOf(machine)));
  if (machines.size > 1) {
    throw new RangeError(
      `expected documents of one machine, got those of ${[...machines].join(', ')}`,
    );
  }
  const results = new Map(
    documents.flatMap((each) => each.results).map((each) => [each.name, each]),
  );
  return {
    ...last,
    smoke: documents.some(({ smoke }) => smoke),
    results: [...results.values()],
    skipped: documents.flatMap(({ skipped }) => skipped),
    failed: documents.flatMap(({ failed }) => failed),
  };
}

/** Documents that `--json` has printed. @throws what reading and parsing throw */
export function readDocuments(paths: readonly string[]): BenchDocument[] {
  return paths.map((path) => JSON.parse(readFileSync(path, 'utf8')) as BenchDocument);
}

/** Writes `results.json`, `README.md` and the charts; makes the folder. */
export function writeReport(folder: string, document: BenchDocument, command: string): void {
  mkdirSync(folder, { recursive: true });
  const files = {
    'results.json': `${JSON.stringify(document, null, 2)}\n`,
    ...reportFiles(document, command),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}
