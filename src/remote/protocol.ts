/**
 * What is said over the control socket of an engine: lines of JSON, a request and its answer by number. Pure.
 *
 * Law (test/remote/protocol.property.test.ts): what `requestLine` and `answerLine` write is what `parseRequest` and
 * `parseAnswer` read; any other line is an error that says what was expected.
 */

import { EngineError } from '../base/index.ts';
import type { PlainError } from '../base/index.ts';

/** Both ends speak the same version, or say so. */
export const REMOTE_VERSION = 1;

/** A checkpoint or savepoint that is complete. Times in ms, `completedAtMs` since the epoch. */
export interface RemoteCheckpoint {
  readonly checkpoint: number;
  readonly kind: 'checkpoint' | 'savepoint';
  readonly folder: string;
  readonly completedAtMs: number;
  readonly durationMs: number;
  readonly bytes: number;
}

/** One job of an engine, now. Times in ms since the epoch. */
export interface RemoteJob {
  /** Number of the job within its engine. */
  readonly id: number;
  readonly name: string;
  readonly state: string;
  readonly submittedAtMs: number;
  /** Since when it is in this state. */
  readonly stateSinceMs: number;
  /** Failures answered with a restart. */
  readonly restarts: number;
  /** Checkpoints that this run completed, savepoints not counted. */
  readonly checkpoints: number;
  readonly savepoints: number;
  /** The newest of either; null when there is none. */
  readonly latest: RemoteCheckpoint | null;
  /** Folder of its checkpoints, absolute; null when it has none. */
  readonly checkpointFolder: string | null;
}

/** What an engine can be asked for. */
export type RemoteCall =
  | { readonly call: 'list' }
  /** A savepoint; null for the folder: where the job keeps its own. The job goes on. */
  | { readonly call: 'savepoint'; readonly job: number; readonly folder: string | null }
  /** A savepoint behind which the job ends; `drain`: behind the end of time. */
  | {
      readonly call: 'stop';
      readonly job: number;
      readonly folder: string | null;
      readonly drain: boolean;
    }
  | { readonly call: 'cancel'; readonly job: number };

/** What a call gives. */
export interface RemoteResults {
  readonly list: readonly RemoteJob[];
  readonly savepoint: RemoteCheckpoint;
  readonly stop: RemoteCheckpoint;
  readonly cancel: null;
}

/** A request, with the number that its answer bears. */
export interface RemoteRequest {
  readonly id: number;
  readonly call: RemoteCall;
}

/** An answer: what the call gave, or the error that it ended with. */
export type RemoteAnswer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: PlainError };

/** One line, with its end. */
export function requestLine({ id, call }: RemoteRequest): string {
  return `${JSON.stringify({ version: REMOTE_VERSION, id, ...call })}\n`;
}

/** One line, with its end. */
export function answerLine(answer: RemoteAnswer): string {
  return `${JSON.stringify({ version: REMOTE_VERSION, ...answer })}\n`;
}

/** @throws ERR_REMOTE_MESSAGE, ERR_REMOTE_VERSION */
export function parseRequest(line: string): RemoteRequest {
  const fields = fieldsOf(line);
  const id = numberIn(fields, 'id');
  const { call, job, folder, drain } = fields;
  if (call === 'list') return { id, call: { call } };
  if (call !== 'savepoint' && call !== 'stop' && call !== 'cancel') {
    return failMessage('call: list, savepoint, stop or cancel', call);
  }
  if (typeof job !== 'number') return failMessage('job: a number', job);
  if (call === 'cancel') return { id, call: { call, job } };
  if (folder !== null && typeof folder !== 'string') {
    return failMessage('folder: a path or null', folder);
  }
  if (call === 'savepoint') return { id, call: { call, job, folder } };
  if (typeof drain !== 'boolean') return failMessage('drain: true or false', drain);
  return { id, call: { call, job, folder, drain } };
}

/** @throws ERR_REMOTE_MESSAGE, ERR_REMOTE_VERSION */
export function parseAnswer(line: string): RemoteAnswer {
  const fields = fieldsOf(line);
  const id = numberIn(fields, 'id');
  if ('result' in fields) return { id, result: fields['result'] };
  const { error } = fields;
  if (typeof error !== 'object' || error === null || !('code' in error)) {
    return failMessage('result or error', line);
  }
  return { id, error: error as PlainError };
}

function fieldsOf(line: string): Readonly<Record<string, unknown>> {
  let fields: unknown;
  try {
    fields = JSON.parse(line);
  } catch {
    return failMessage('a line of JSON', line);
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
    return failMessage('an object', line);
  }
  const { version } = fields as Readonly<Record<string, unknown>>;
  if (version !== REMOTE_VERSION) {
    throw new EngineError('ERR_REMOTE_VERSION', {
      expected: REMOTE_VERSION,
      got: version ?? 'none',
    });
  }
  return fields as Readonly<Record<string, unknown>>;
}

function numberIn(fields: Readonly<Record<string, unknown>>, name: string): number {
  const value = fields[name];
  return typeof value === 'number' ? value : failMessage(`${name}: a number`, value);
}

const SHOWN_CHARACTERS = 80;

function failMessage(expected: string, got: unknown): never {
  const text = typeof got === 'string' ? got : (JSON.stringify(got) ?? 'nothing');
  const shown = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  throw new EngineError('ERR_REMOTE_MESSAGE', { expected, got: shown });
}
