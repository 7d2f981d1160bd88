/** Asks running engines over their sockets, and removes what dead ones left. */

import { connect } from 'node:net';
import type { Socket } from 'node:net';

import { EngineError, thrownMessage } from '../base/index.ts';
import { LineReader } from './lines.ts';
import { parseAnswer, requestLine } from './protocol.ts';
import type { RemoteAnswer, RemoteCall, RemoteJob, RemoteResults } from './protocol.ts';
import { entriesIn, removeEntry, runtimeFolder } from './runtime-folder.ts';
import type { EngineEntry } from './runtime-folder.ts';

/** How long an engine may take to say what it runs, in ms: its main thread may be busy. */
const LIST_MS_MAX = 5000;

/** What a connection says when nobody listens any more. */
const GONE = ['ECONNREFUSED', 'ENOENT'];

/** A running engine, with its jobs. */
export interface RunningEngine {
  readonly entry: EngineEntry;
  readonly jobs: readonly RemoteJob[];
}

/** What was found of engines. */
export interface Running {
  readonly engines: readonly RunningEngine[];
  /** Engines that listen and did not answer, with the reason. */
  readonly silent: readonly { readonly entry: EngineEntry; readonly error: EngineError }[];
}

/**
 * All engines of this user that listen, with their jobs. What dead ones left is removed.
 *
 * @example
 * const { engines } = await runningEngines();
 * engines.flatMap(({ jobs }) => jobs.map(({ name }) => name));
 */
export async function runningEngines(folder: string = runtimeFolder()): Promise<Running> {
  const engines: RunningEngine[] = [];
  const silent: { entry: EngineEntry; error: EngineError }[] = [];
  const ask = async (entry: EngineEntry): Promise<void> => {
    try {
      engines.push({ entry, jobs: await callEngine(entry, { call: 'list' }, LIST_MS_MAX) });
    } catch (thrown) {
      if (isGone(thrown)) await removeEntry(entry).catch(() => undefined);
      else if (thrown instanceof EngineError) silent.push({ entry, error: thrown });
      else throw thrown;
    }
  };
  await Promise.all((await entriesIn(folder)).map(ask));
  return { engines: engines.toSorted((a, b) => a.entry.pid - b.entry.pid), silent };
}

/** Removes the entries and sockets of engines that nobody is behind any more. */
export async function removeStale(folder: string): Promise<void> {
  const look = async (entry: EngineEntry): Promise<void> => {
    try {
      (await connected(entry)).destroy();
    } catch (thrown) {
      if (isGone(thrown)) await removeEntry(entry).catch(() => undefined);
    }
  };
  await Promise.all((await entriesIn(folder)).map(look));
}

/**
 * One call; settles with its answer.
 *
 * @param withinMs longest wait for the answer; missing: as long as it takes
 * @throws ERR_REMOTE_SOCKET it cannot be reached, or went away before it answered
 * @throws what the engine answered with
 * @example
 * const { folder } = await callEngine(entry, { call: 'savepoint', job: 0, folder: '/backups' });
 */
export async function callEngine<C extends RemoteCall>(
  entry: EngineEntry,
  call: C,
  withinMs?: number,
): Promise<RemoteResults[C['call']]> {
  const socket = await connected(entry);
  try {
    const answer = await answered(socket, entry, call, withinMs);
    if ('error' in answer) throw EngineError.fromPlain(answer.error);
    return answer.result as RemoteResults[C['call']];
  } finally {
    socket.destroy();
  }
}

function connected(entry: EngineEntry): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(entry.address);
    const fail = (error: Error): void => {
      socket.destroy();
      reject(failed('reach', entry, thrownMessage(error), error));
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.off('error', fail);
      // Said by `close` as well, which follows.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

function answered(
  socket: Socket,
  entry: EngineEntry,
  call: RemoteCall,
  withinMs: number | undefined,
): Promise<RemoteAnswer> {
  return new Promise((resolve, reject) => {
    const reader = new LineReader();
    const fail = (reason: string): void => reject(failed('hear from', entry, reason));
    const timer =
      withinMs === undefined
        ? undefined
        : setTimeout(() => fail(`it did not answer within ${withinMs} ms`), withinMs);
    socket.on('close', () => {
      clearTimeout(timer);
      fail('it went away before it answered');
    });
    socket.on('data', (piece: Uint8Array) => {
      try {
        const [line] = reader.push(piece);
        if (line === undefined) return;
        clearTimeout(timer);
        resolve(parseAnswer(line));
      } catch (thrown) {
        reject(thrown as EngineError);
      }
    });
    socket.write(requestLine({ id: 1, call }));
  });
}

function isGone(thrown: unknown): boolean {
  const cause = thrown instanceof EngineError ? thrown.cause : thrown;
  return cause instanceof Error && 'code' in cause && GONE.includes(String(cause.code));
}

function failed(action: string, entry: EngineEntry, reason: string, cause?: Error): EngineError {
  const address = `the engine of process ${entry.pid} (${entry.address})`;
  return new EngineError('ERR_REMOTE_SOCKET', { action, address, reason }, { cause });
}
