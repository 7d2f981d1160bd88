/** Runs a test program of `test/support/cases.ts` in a child process, as a person would run one, and gives its outcomes. */

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { CaseOutcome } from './cases.ts';

/** Longest time of a program. */
const PROGRAM_MS_MAX = 60_000;

/** What came of a program. */
export class ProgramRun {
  readonly outcomes: Readonly<Record<string, CaseOutcome>>;
  /** Exit code; null when it had to be killed. */
  readonly exitCode: number | null;

  constructor(outcomes: Readonly<Record<string, CaseOutcome>>, exitCode: number | null) {
    this.outcomes = outcomes;
    this.exitCode = exitCode;
  }

  /** What a case gave. @throws Error when it threw, hung or does not exist */
  value<T>(name: string): T {
    const outcome = this.outcomes[name];
    if (outcome === undefined) throw new Error(`the program has no case '${name}'`);
    if ('timedOut' in outcome) throw new Error(`case '${name}' hung`);
    // A case that gives nothing has no `value` in JSON.
    if (!('threw' in outcome)) return outcome.value as T;
    throw new Error(`case '${name}' threw ${JSON.stringify(outcome.threw)}\n${outcome.stack}`);
  }
}

/**
 * @param program URL of the program's file
 * @param nodeArguments `-C source` for a program that looks behind the package's face; others run on the built package
 */
export async function runProgram(
  program: URL,
  nodeArguments: readonly string[] = [],
): Promise<ProgramRun> {
  const child = spawn(
    process.execPath,
    ['--no-warnings', ...nodeArguments, fileURLToPath(program)],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), PROGRAM_MS_MAX);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  });
  clearTimeout(timer);
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    return new ProgramRun(JSON.parse(line) as Record<string, CaseOutcome>, exitCode);
  } catch (cause) {
    throw new Error(
      `${program.pathname} printed no outcomes (exit ${exitCode}): ${stdout}\n${stderr}`,
      { cause },
    );
  }
}
