/**
 * Finds, reads, checks and resolves the configuration. Main thread only; the parser and the schema are imported when
 * first needed, so that worker threads never load them.
 */

import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { EngineError } from '../base/index.ts';
import type { ErrorPlace } from '../base/index.ts';
import type { PlaceOf } from './config-check.ts';
import { layerOf } from './config-layers.ts';
import type { ConfigLayer } from './config-layers.ts';
import { parseOverride } from './config-override.ts';
import { ConfigProblems, didYouMean } from './config-problems.ts';
import { resolveLayers } from './config-resolve.ts';
import type { Config, ConfigInput } from './config.ts';
import { substituteEnvironment } from './env-substitution.ts';

/** Looked for in the working directory, first found wins. */
export const CONFIG_FILE_NAMES: readonly string[] = [
  'millrace.yaml',
  'millrace.yml',
  'millrace.json',
  'millrace.config.ts',
  'millrace.config.mjs',
  'millrace.config.js',
];

/** Where a load looks; by default the process's own. */
export interface ConfigSurroundings {
  readonly workingDirectory?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

interface Tree {
  readonly file: string | undefined;
  readonly tree: unknown;
  readonly placeOf: PlaceOf;
}

/**
 * Loads the configuration. All problems are reported at once: the first is thrown, `details.problems` has all.
 *
 * @param path of a `.yaml`, `.yml`, `.json`, `.ts`, `.mts`, `.js` or `.mjs` file; undefined: look for
 *   {@link CONFIG_FILE_NAMES} in the working directory, else defaults
 * @param overrides `key=value` such as `pool.threads=2`, strongest last
 * @param profile name of an overlay under `profiles`
 * @throws ERR_CONFIG_FILE, ERR_CONFIG_SYNTAX, ERR_CONFIG_DUPLICATE, ERR_CONFIG_KEY, ERR_CONFIG_VALUE, ERR_CONFIG_PROFILE
 * @example
 * const config = await loadConfig(undefined, ['pool.threads=2']);
 * config.pool.threads; // 2
 */
export async function loadConfig(
  path: string | undefined,
  overrides: readonly string[] = [],
  profile?: string,
  surroundings: ConfigSurroundings = {},
): Promise<Config> {
  const directory = surroundings.workingDirectory ?? process.cwd();
  const file = path ?? CONFIG_FILE_NAMES.find((name) => existsSync(resolve(directory, name)));
  const problems = new ConfigProblems();
  const nothing: Tree = { file: undefined, tree: undefined, placeOf: () => ({}) };
  const read =
    file === undefined
      ? nothing
      : await readTree(file, directory, surroundings.environment ?? process.env, problems);
  return resolveTree(read, overrides, profile, problems);
}

/**
 * The same for a configuration given as a value, for embedding.
 *
 * @throws ERR_CONFIG_KEY, ERR_CONFIG_VALUE, ERR_CONFIG_PROFILE
 * @example
 * (await resolveConfig({ exchange: { ring: '64KiB' } })).exchange.ring; // 65536
 */
export function resolveConfig(
  input: ConfigInput,
  overrides: readonly string[] = [],
  profile?: string,
): Promise<Config> {
  const tree: Tree = { file: undefined, tree: input, placeOf: () => ({}) };
  return resolveTree(tree, overrides, profile, new ConfigProblems());
}

async function resolveTree(
  { file, tree, placeOf }: Tree,
  overrides: readonly string[],
  profile: string | undefined,
  problems: ConfigProblems,
): Promise<Config> {
  const { checkTree } = await import('./config-check.ts');
  const shown = file === undefined ? 'code' : basename(file);
  const { profiles, $schema: _, ...sections } = checkTree(tree, problems, placeOf);
  const origin = (place: ErrorPlace): { source: string; place: ErrorPlace } => ({
    source: place.line === undefined ? shown : `${shown}:${place.line}`,
    place,
  });
  const layers: ConfigLayer[] = [layerOf(sections, (at) => origin(placeOf(at, 'value')))];
  if (profile !== undefined) {
    const overlay = profileOf(profiles, profile, file, problems);
    layers.push(layerOf(overlay, (at) => origin(placeOf(['profiles', profile, ...at], 'value'))));
  }
  for (const text of overrides) {
    const place = { file: `--set ${text}` };
    const parsed = await parseOverride(text, problems);
    const checked = checkTree(parsed, problems, () => place);
    layers.push(layerOf(checked, () => ({ source: `override ${text}`, place })));
  }
  problems.throwIfAny();
  const config = resolveLayers(layers, file, profile, problems);
  problems.throwIfAny();
  return config;
}

function profileOf(
  profiles: unknown,
  name: string,
  file: string | undefined,
  problems: ConfigProblems,
): unknown {
  const known = Object.keys((profiles ?? {}) as object);
  if (known.includes(name)) return Reflect.get(profiles as object, name);
  // A file with other problems yields no profiles at all: do not report a second, wrong one.
  if (problems.count > 0) return {};
  problems.add('ERR_CONFIG_PROFILE', {
    profile: name,
    file: file ?? 'the configuration',
    known: known.length === 0 ? 'none' : known.join(', '),
    suggestion: didYouMean(name, known, 'Add it under `profiles`, or select none.'),
  });
  return {};
}

async function readTree(
  file: string,
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
  problems: ConfigProblems,
): Promise<Tree> {
  const path = resolve(directory, file);
  const kind = extname(path);
  if (/^\.[mc]?[jt]s$/.test(kind))
    return { file, tree: await importTree(path, file), placeOf: () => ({ file }) };
  if (!['.yaml', '.yml', '.json'].includes(kind)) {
    const reason = `"${kind}" is none of .yaml, .yml, .json, .ts, .mts, .js, .mjs`;
    throw new EngineError('ERR_CONFIG_FILE', { path: file, reason });
  }
  let text = '';
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new EngineError('ERR_CONFIG_FILE', { path: file, reason: reasonOf(cause) }, { cause });
  }
  const { parseConfigText } = await import('./config-document.ts');
  const document = parseConfigText(text, file, kind === '.json', problems);
  // What cannot be parsed cannot be checked: everything else would follow from it.
  problems.throwIfAny();
  const placeOf: PlaceOf = (at, what) => document.placeOf(at, what);
  const tree = substituteEnvironment(document.tree, environment, problems, (at) =>
    placeOf(at, 'value'),
  );
  return { file, tree, placeOf };
}

async function importTree(path: string, file: string): Promise<unknown> {
  let module: { readonly default?: unknown } = {};
  try {
    module = (await import(pathToFileURL(path).href)) as { readonly default?: unknown };
  } catch (cause) {
    throw new EngineError('ERR_CONFIG_FILE', { path: file, reason: reasonOf(cause) }, { cause });
  }
  if (module.default !== undefined) return module.default;
  throw new EngineError('ERR_CONFIG_FILE', { path: file, reason: 'it has no default export' });
}

function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
