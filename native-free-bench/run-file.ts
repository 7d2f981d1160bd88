/** Runs benchmarks of one file in a child process. */

import { fork } from 'node:child_process';
import { join } from 'node:path';

import { CONFIG_VARIABLE } from './bench-config.ts';
import type { BenchConfig } from './bench-config.ts';
import { endingOf, execArgvOf } from './beside.ts';
import type { BenchFile } from './discover.ts';
import type { BenchOutcome } from './report.ts';
import type { BenchMessage } from './run-one.ts';

/** What the child is told. */
export interface FileRun {
  readonly smoke: boolean;
  readonly peers: readonly string[];
  readonly parameters: Readonly<Record<string, number>>;
  readonly config: BenchConfig;
}

/**
 * What became of each; whatever they write to stdout goes to our stderr, which keeps `--json` one document.
 *
 * @param files of one path, at least one
 */
export function runFiles(files: readonly BenchFile[], run: FileRun): Promise<BenchOutcome[]> {
  const { promise, resolve } = Promise.withResolvers<BenchOutcome[]>();
  const names = files.map(({ name }) => name);
  const entry = join(import.meta.dirname, `run-one${endingOf(import.meta.url)}`);
  const size = run.smoke ? 'smoke' : 'full';
  const parameters = JSON.stringify(run.parameters);
  const told = [files[0]!.path, size, names.join(','), run.peers.join(','), parameters];
  const child = fork(entry, told, {
    execArgv: [...execArgvOf(import.meta.url)],
    env: { ...process.env, [CONFIG_VARIABLE]: JSON.stringify(run.config) },
    stdio: ['ignore', 2, 'inherit', 'ipc'],
  });
  const topologies = new Map<string, string>();
  const outcomes = new Map<string, BenchOutcome>();
  child.on('message', (message: BenchMessage) => {
    const { name } = message;
    switch (message.kind) {
      case 'described':
        topologies.set(name, message.topology);
        break;
      case 'measured':
        outcomes.set(name, { topology: topologies.get(name) ?? '', ...message });
        break;
      case 'skipped':
      case 'failed':
        outcomes.set(name, message);
        break;
    }
  });
  const end = (reason: string): void =>
    resolve(names.map((name) => outcomes.get(name) ?? { kind: 'failed', name, reason }));
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => {
    const how = signal === null ? `code ${code}` : `signal ${signal}`;
    end(`its process ended with ${how} before it reported`);
  });
  return promise;
}
