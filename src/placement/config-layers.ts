/**
 * Layers of a configuration, laid over one another leaf by leaf: a stronger layer replaces what it names and leaves the
 * rest. Law: merging is associative, and merging with an empty layer changes nothing.
 */

import type { ErrorPlace } from '../base/index.ts';
import { showPath } from './config-problems.ts';
import type { ConfigPath } from './config-problems.ts';

/** One value with where it comes from. */
export interface ConfigLeaf {
  readonly path: ConfigPath;
  readonly value: unknown;
  /** `default`, `millrace.yaml:4`, `override pool.threads=2`. */
  readonly source: string;
  readonly place: ErrorPlace;
}

/** Leaves by shown path, in order of appearance. */
export type ConfigLayer = ReadonlyMap<string, ConfigLeaf>;

/** Takes a tree apart; `origin` says where a leaf comes from. An array is a leaf, an empty section is none. */
export function layerOf(
  tree: unknown,
  origin: (path: ConfigPath) => { readonly source: string; readonly place: ErrorPlace },
): ConfigLayer {
  const leaves = new Map<string, ConfigLeaf>();
  const visit = (value: unknown, path: ConfigPath): void => {
    if (value === undefined) return;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, item] of Object.entries(value)) visit(item, [...path, key]);
    } else leaves.set(showPath(path), { path, value, ...origin(path) });
  };
  visit(tree, []);
  return leaves;
}

/** Lays the layers over one another, weakest first. */
export function mergeLayers(layers: readonly ConfigLayer[]): ConfigLayer {
  const merged = new Map<string, ConfigLeaf>();
  for (const layer of layers) for (const [key, leaf] of layer) merged.set(key, leaf);
  return merged;
}

/** Puts the leaves together again. */
export function treeOf(layer: ConfigLayer): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const { path, value } of layer.values()) {
    let section = root;
    for (const segment of path.slice(0, -1)) {
      if (!Object.hasOwn(section, segment)) define(section, segment, {});
      section = section[segment] as Record<string, unknown>;
    }
    define(section, path.at(-1)!, value);
  }
  return root;
}

/** A plain assignment would let a job named `__proto__` change the object's prototype. */
function define(section: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(section, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
