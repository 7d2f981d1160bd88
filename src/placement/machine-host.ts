/** The only door from the machine probe to the operating system. */

import { accessSync, constants, readFileSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { delimiter, join } from 'node:path';

/** What the probe asks for; a test gives its own. */
export interface MachineHost {
  readonly platform: string;
  readonly nodeVersion: string;
  readonly availableParallelism: number;
  readonly totalMemoryBytes: number;
  /** Flags of the node process. */
  readonly execArgv: readonly string[];
  /** `NODE_OPTIONS`, empty when not set. */
  readonly nodeOptions: string;
  readonly features: {
    readonly threadCpuUsage: boolean;
    readonly waitAsync: boolean;
    readonly pause: boolean;
  };
  rssBytes(): number;
  /** Smallest non-zero step seen of the monotonic clock. */
  clockStepNs(): number;
  /** Whole text of a file; undefined when it cannot be read. */
  readText(path: string): string | undefined;
  /** Path of an executable on PATH. */
  findCommand(name: string): string | undefined;
}

/** The process this code runs in. */
export const nodeHost: MachineHost = {
  platform: process.platform,
  nodeVersion: process.versions.node,
  availableParallelism: availableParallelism(),
  totalMemoryBytes: totalmem(),
  execArgv: process.execArgv,
  nodeOptions: process.env['NODE_OPTIONS'] ?? '',
  features: {
    threadCpuUsage: typeof Reflect.get(process, 'threadCpuUsage') === 'function',
    waitAsync: typeof Reflect.get(Atomics, 'waitAsync') === 'function',
    pause: typeof Reflect.get(Atomics, 'pause') === 'function',
  },
  rssBytes: () => process.memoryUsage.rss(),
  clockStepNs: () => {
    let step = Number.MAX_SAFE_INTEGER;
    for (let sample = 0; sample < 64; sample++) {
      const before = process.hrtime.bigint();
      let after = before;
      while (after === before) after = process.hrtime.bigint();
      step = Math.min(step, Number(after - before));
    }
    return step;
  },
  readText: (path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  },
  findCommand: (name) => {
    for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
      const path = join(directory, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        continue;
      }
    }
    return undefined;
  },
};
