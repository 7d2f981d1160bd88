/** `millrace bench`: runs the project's benchmarks on this machine, in a process that prints as it goes. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';

import { EngineError } from '../../base/index.ts';
import type { CliOptions } from '../arguments.ts';
import { BENCHMARKS, UNBUILT } from '../own-files.ts';
import type { Command } from '../command.ts';
import { ExitCode, exitCodeOfSignal } from '../exit-codes.ts';
import { configPath, readConfig } from '../inputs.ts';
import type { CliIo, StopSignal } from '../io.ts';

/** See the file header. Ends with 1 when a benchmark failed or gave a wrong answer. */
export const command: Command = async (options, io) => {
  // A wrong configuration is told here, once, and not by every benchmark.
  await readConfig(options, io);
  if (!existsSync(BENCHMARKS)) {
    throw new EngineError('ERR_CLI_FILE', {
      expected: 'the benchmarks',
      path: BENCHMARKS,
      reason: 'no such file',
      suggestion: 'Build the whole package: npm run build.',
    });
  }
  const argv = [...(UNBUILT ? ['-C', 'source'] : []), BENCHMARKS, ...runnerArguments(options, io)];
  const child = spawn(process.execPath, argv, {
    cwd: io.cwd,
    env: io.env as NodeJS.ProcessEnv,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => io.stdout.write(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => io.stderr.write(text));
  const release = io.onSignal((signal) => child.kill(signal === 'SIGPIPE' ? 'SIGTERM' : signal));
  try {
    // Not `exit`: then its streams may still hold text.
    const [code, signal] = (await once(child, 'close')) as [number | null, StopSignal | null];
    return signal === null ? (code ?? ExitCode.failed) : exitCodeOfSignal(signal);
  } finally {
    release();
  }
};

function runnerArguments(options: CliOptions, io: CliIo): string[] {
  const { operands, profile, set, smoke, list, peers, report, json } = options;
  const config = configPath(options, io);
  return [
    ...operands.map((name) => `--only=${name}`),
    ...(config === undefined ? [] : [`--config=${config}`]),
    ...(profile === undefined ? [] : [`--profile=${profile}`]),
    ...set.map((override) => `--set=${override}`),
    ...peers.map((names) => `--peers=${names}`),
    ...(smoke ? ['--smoke'] : []),
    ...(list ? ['--list'] : []),
    ...(report ? ['--report'] : []),
    ...(json ? ['--json'] : []),
  ];
}
