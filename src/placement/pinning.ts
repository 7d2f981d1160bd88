/**
 * Binds a thread to CPUs with `taskset` from util-linux: 4 ms, no privileges for one's own threads. The thread's
 * id is what `/proc/thread-self` says inside it. A pinned thread's children inherit the mask, so the main thread is
 * never pinned.
 */

import { execFile } from 'node:child_process';

import { formatCpuList } from './cpu-list.ts';

/** Whether a thread was pinned, and why not. */
export interface PinResult {
  readonly pinned: boolean;
  readonly reason: string;
}

/** Runs a command; settles with undefined when it succeeded, else with the reason. Never rejects. */
export type RunCommand = (command: string, args: readonly string[]) => Promise<string | undefined>;

/**
 * The command that pins a thread.
 *
 * @param threadId Linux thread id
 * @param cpus CPU numbers, ascending, not empty
 * @example
 * pinCommand(4711, [0, 1, 2]); // ['taskset', '-pc', '0-2', '4711']
 */
export function pinCommand(
  threadId: number,
  cpus: readonly number[],
): readonly [string, ...string[]] {
  return ['taskset', '-pc', formatCpuList(cpus), String(threadId)];
}

/**
 * Pins a thread of this process. Any thread may call it; never throws or rejects: an engine that cannot pin still runs.
 *
 * @example
 * const { pinned, reason } = await pinThread(threadId, [1]);
 */
export async function pinThread(
  threadId: number,
  cpus: readonly number[],
  run: RunCommand = runCommand,
): Promise<PinResult> {
  if (cpus.length === 0) return { pinned: false, reason: 'no CPUs to pin to' };
  if (!Number.isSafeInteger(threadId) || threadId < 1)
    return { pinned: false, reason: `expected a thread id from 1, got ${threadId}` };
  const [command, ...args] = pinCommand(threadId, cpus);
  const failure = await run(command, args);
  return failure === undefined
    ? { pinned: true, reason: `thread ${threadId} on CPUs ${formatCpuList(cpus)}` }
    : { pinned: false, reason: failure };
}

const runCommand: RunCommand = (command, args) =>
  new Promise((settle) => {
    const options = { timeout: 5000, windowsHide: true };
    execFile(command, args, options, (error, _, stderr) => {
      settle(error === null ? undefined : stderr.trim().split('\n')[0] || error.message);
    });
  });
