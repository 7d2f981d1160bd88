/**
 * Loads a job by the URL of its module, on any thread, and compares the graph it yields with the planned one.
 *
 * A module is imported once per thread and kept by Node: to load a file that has changed since, add a query
 * (`job.ts?v=2`) to its URL.
 */

import { EngineError, toEngineError } from '../base/index.ts';
import type { ErrorPlace } from '../base/index.ts';
import { isJob } from './job.ts';
import type { Job } from './job.ts';
import type { LogicalGraph } from './logical-graph.ts';
import { describeValue } from './scope.ts';
import { firstForeignFrame, formatLocation, plainPath } from './source-location.ts';

/**
 * Imports a job module and gives its default export.
 *
 * @param url absolute `file:` URL (others as far as Node imports them)
 * @throws ERR_GRAPH_MODULE it cannot be imported; the place says where, the cause says why
 * @throws ERR_GRAPH_NO_DEFAULT its default export is no job
 * @example
 * const job = await loadJob(new URL('./airport-delays.ts', import.meta.url));
 */
export async function loadJob(url: string | URL): Promise<Job> {
  const href = String(url);
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(/* @vite-ignore */ href)) as Readonly<Record<string, unknown>>;
  } catch (thrown) {
    throw importError(href, thrown);
  }
  if (isJob(module['default'])) return module['default'];
  const file = plainPath(href);
  throw new EngineError('ERR_GRAPH_NO_DEFAULT', { ...exportsOf(module) }, { place: { file } });
}

/** One operator of the planned graph, as far as it matters for the comparison. */
export interface PlannedNode {
  readonly node: number;
  readonly name: string;
  readonly fingerprint: string;
  readonly location: string | undefined;
}

/**
 * Checks that a rebuilt graph is the planned one.
 *
 * @param planned all operators of the plan, in any order
 * @throws ERR_GRAPH_FINGERPRINT shows the first operator that differs
 */
export function checkSameGraph(
  graph: LogicalGraph,
  fingerprint: string,
  planned: Iterable<PlannedNode>,
): void {
  if (graph.fingerprint === fingerprint) return;
  const byId = [...planned].toSorted((a, b) => a.node - b.node);
  const length = Math.max(byId.length, graph.nodes.length);
  let difference = 'its name, options or parameters';
  for (let i = 0; i < length; i++) {
    const before = byId[i];
    const now = graph.nodes[i];
    if (before?.fingerprint === now?.fingerprint) continue;
    difference = `operator ${i}, planned ${describeNode(before)}, now ${describeNode(now)}`;
    break;
  }
  throw new EngineError('ERR_GRAPH_FINGERPRINT', {
    job: graph.name,
    expected: fingerprint,
    got: graph.fingerprint,
    difference,
  });
}

function describeNode(
  node: { readonly name: string; readonly location: string | undefined } | undefined,
): string {
  if (node === undefined) return 'none';
  return node.location === undefined ? node.name : `${node.name} (${node.location})`;
}

function exportsOf(module: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const names = Object.keys(module);
  if (!('default' in module)) {
    const others = names.length === 0 ? 'nothing' : `only ${names.join(', ')}`;
    return { got: `it exports ${others}`, hint: 'Write `export default job(…)`.' };
  }
  const value = module['default'];
  const hint =
    typeof value === 'function'
      ? 'Wrap the function: `export default job(name, build)`.'
      : 'Write `export default job(…)`.';
  return { got: `its default export is ${describeValue(value)}`, hint };
}

function importError(href: string, thrown: unknown): EngineError {
  const file = plainPath(href);
  if (thrown instanceof EngineError) return toEngineError(thrown, { file });
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : '';
  const reason = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  const place = syntaxPlace(stack) ?? importerPlace(thrown) ?? framePlace(stack) ?? { file };
  return new EngineError('ERR_GRAPH_MODULE', { file, reason }, { cause: thrown, place });
}

/** Node writes `file:line`, lines of code and a row of `^` above the stack of an error found while it compiles. */
function syntaxPlace(stack: string): ErrorPlace | undefined {
  const [head = '', ...code] = stack.split('\n');
  const match = /^((?:file:\/\/|\/|[A-Za-z]:[\\/]).*):(\d+)$/.exec(head);
  if (match === null) return undefined;
  const caret = code.find((line) => /^\s*\^+\s*$/.test(line)) ?? '';
  const column = caret.indexOf('^') + 1;
  const place = { file: plainPath(match[1]!), line: Number(match[2]) };
  return column === 0 ? place : { ...place, column };
}

/** The module that imports one that is missing. */
function importerPlace(thrown: unknown): ErrorPlace | undefined {
  if ((thrown as { readonly code?: unknown } | null)?.code !== 'ERR_MODULE_NOT_FOUND') {
    return undefined;
  }
  const match = / imported from (.+)$/.exec((thrown as Error).message);
  // A job module that is itself missing is imported from here: that is no place to show.
  const frame = match && firstForeignFrame(`at ${plainPath(match[1]!)}:1:1`);
  return frame ? { file: frame.file } : undefined;
}

function framePlace(stack: string): ErrorPlace | undefined {
  const frame = firstForeignFrame(stack);
  return frame && { ...frame, source: formatLocation(frame) };
}
