/**
 * Starts the engines of benchmarks, on the configuration that the run was given.
 *
 * Law: a file, its profile and its overrides decide everything but what a benchmark says itself (threads, which operator
 * runs where): that is what it measures. Without a file there are the engine's defaults, whatever lies in the working directory.
 */

import { Engine } from 'millrace';
import type { ConfigInput } from 'millrace';
import { benchConfig } from './bench-config.ts';

/**
 * An engine with the settings of the benchmark over those of the run.
 *
 * @throws ERR_CONFIG_… the file, or the two together, are wrong
 * @example
 * await using engine = await startEngine({ pool: { threads: 2 } });
 */
export function startEngine(own: ConfigInput): Promise<Engine> {
  const { file, profile, set = [] } = benchConfig();
  return Engine.start({
    config: file ?? {},
    ...(profile === undefined ? {} : { profile }),
    set: [...set, ...overridesOf(own)],
  });
}

/** A tree of settings as overrides, one for each leaf. */
export function overridesOf(tree: object, path: readonly string[] = []): string[] {
  return Object.entries(tree).flatMap(([name, value]: [string, unknown]) => {
    const here = [...path, name];
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return overridesOf(value, here);
    }
    return [`${here.map((part) => JSON.stringify(part)).join('.')}=${JSON.stringify(value)}`];
  });
}
