/**
 * What the writer of a file sink takes over of a checkpoint, and what it takes back of what came after it.
 *
 * Laws (test/connectors/file-sink.property.test.ts):
 *  1. Every file that a checkpoint speaks of is taken over by one writer, whatever the parallelism: the one of that name, else the
 *     one whose state it is.
 *  2. Complete parts are published; parts that were published after the checkpoint vanish, as their rows come again.
 */

import { createHash, randomUUID } from 'node:crypto';
import { basename, dirname, extname, join } from 'node:path';
import { EngineError } from '../base/index.ts';
import type { WriterState } from '../operators/index.ts';
import { hiddenPath, publishAgain, resumePart } from './part-file.ts';
import type { PartFile, PartState } from './part-file.ts';
import { subtaskPath } from './path.ts';
import type { SinkContext } from './sink.ts';
import type { SinkDisk } from './sink-disk.ts';

/** Names of the parts of one writer: `base` with token and number before its extension. */
export interface PartLine {
  readonly base: string;
  /** Tells this run of the job from others that wrote to the same place. */
  readonly token: string;
  /** Number of the next part. */
  readonly next: number;
}

/** State of a writer. */
export interface FileWriterState {
  /** Undefined without rolling. */
  readonly line?: PartLine;
  /** Lines that it took over and does not write on. */
  readonly retired?: readonly PartLine[];
  /** Names of files that are not to be written again, without rolling. */
  readonly ended?: readonly string[];
  readonly open?: PartState;
  /** Parts that are complete and not known to be published. */
  readonly complete: readonly PartState[];
  /** Of an encoder that got them from its first row. */
  readonly columns?: readonly string[];
}

/** What a writer begins with. */
export interface TakenOver {
  /** Undefined without rolling. */
  readonly line: PartLine | undefined;
  readonly retired: readonly PartLine[];
  readonly ended: readonly string[];
  /** Final name of the file, without rolling. */
  readonly name: string;
  /** To be written on. */
  readonly open: PartFile | undefined;
  /** Nothing is to be added but a header where there is none. They take the place of what is under their names, also without rows. */
  readonly complete: readonly PartFile[];
  readonly columns: readonly string[] | undefined;
}

/** Whose files they are. */
export interface FileTaker {
  readonly disk: SinkDisk;
  /** As the job writes it. */
  readonly path: string;
  readonly rolling: boolean;
  readonly context: SinkContext;
}

/** Length of a token: hexadecimal digits. */
const TOKEN_CHARS = 8;

type Restored = Omit<WriterState, 'state'> & { readonly state: FileWriterState };

/** Path of part `part` of a line. */
export function partPath({ base, token }: PartLine, part: number): string {
  const extension = extname(base);
  return join(dirname(base), `${basename(base, extension)}-${token}-${part}${extension}`);
}

/**
 * Takes over, or leaves nothing open.
 *
 * @throws ERR_CONNECTORS_SINK_STATE a file is gone, or is another one
 */
export function takeOver(taker: FileTaker, states: readonly WriterState[]): TakenOver {
  const resumed: PartFile[] = [];
  try {
    return takeFiles(taker, states, resumed);
  } catch (error) {
    for (const part of resumed) part.release();
    throw error;
  }
}

/** @param resumed every file that was opened */
function takeFiles(
  taker: FileTaker,
  states: readonly WriterState[],
  resumed: PartFile[],
): TakenOver {
  const { disk, rolling, context } = taker;
  const nowMs = context.nowMs();
  const all = states as unknown as readonly Restored[];
  for (const { state } of all) checkState(taker, state);
  const ended = rolling ? [] : endedNames(taker, all);
  const name = unusedName(taker, ended);
  let line: PartLine | undefined;
  let open: PartFile | undefined;
  let columns: readonly string[] | undefined;
  const complete: PartFile[] = [];
  const retired: PartLine[] = [];
  const resume = (state: PartState, goesOn: boolean): void => {
    const part = resumePart(disk, state, nowMs);
    resumed.push(part);
    if (goesOn) open = part;
    else complete.push(part);
  };
  for (const restored of all) {
    const { state, mine } = restored;
    const same = mine && restored.parallelism === context.parallelism;
    if (same || columns === undefined) columns = state.columns ?? columns;
    if (state.line === undefined) {
      if (state.open !== undefined && takes(taker, restored, state.open)) {
        resume(state.open, !rolling && (same || state.open.final === name));
      }
      for (const part of state.complete) {
        if (takes(taker, restored, part)) resume(part, !rolling && part.final === name);
      }
    } else if (mine) {
      for (const part of state.complete) publishAgain(disk, part);
      if (rolling && same) ({ line } = state);
      else retired.push(state.line);
      if (state.open !== undefined) resume(state.open, line === state.line);
    }
    if (mine) retired.push(...(state.retired ?? []));
  }
  if (rolling) line ??= newLine(taker, name, all);
  if (line !== undefined || retired.length > 0) takeBack(taker, line, retired, all);
  return { line, retired, ended, name: open?.final ?? name, open, complete, columns };
}

/** @throws ERR_CONNECTORS_SINK_STATE the state is that of another kind of sink */
function checkState({ path }: FileTaker, state: Partial<FileWriterState> | null): void {
  if (Array.isArray(state?.complete)) return;
  const reason = `expected the state of a file sink, got ${JSON.stringify(state).slice(0, 100)}`;
  throw new EngineError('ERR_CONNECTORS_SINK_STATE', { path, reason }, { place: { file: path } });
}

/** As the names of parts are made, so that they can be compared. */
function nameOf(path: string, subtask: number, parallelism: number): string {
  return join(subtaskPath(path, subtask, parallelism));
}

function ownName({ path, context }: FileTaker): string {
  return nameOf(path, context.subtaskIndex, context.parallelism);
}

/**
 * Names that earlier writers published when their input ended: these rows do not come again, and the state of a writer that
 * had ended is not in the checkpoint.
 */
function endedNames({ path, context }: FileTaker, all: readonly Restored[]): string[] {
  const names = all.flatMap(({ state }) => state.ended ?? []);
  const before = all[0]?.parallelism ?? context.parallelism;
  if (before === context.parallelism) return names;
  for (let subtask = 0; subtask < before; subtask++) {
    const isThere = all.some(({ subtaskIndex }) => subtaskIndex === subtask);
    if (!isThere) names.push(nameOf(path, subtask, before));
  }
  return [...new Set(names)];
}

/** The writer's file name, unless it is one of `ended`. */
function unusedName(taker: FileTaker, ended: readonly string[]): string {
  let name = ownName(taker);
  const extension = extname(name);
  while (ended.includes(name)) {
    name = join(dirname(name), `${basename(name, extension)}-more${extension}`);
  }
  return name;
}

function takes(taker: FileTaker, restored: Restored, { final }: PartState): boolean {
  const { path, rolling, context } = taker;
  const { subtaskIndex, parallelism } = context;
  if (rolling || restored.parallelism === parallelism) return restored.mine;
  for (let subtask = 0; subtask < parallelism; subtask++) {
    if (nameOf(path, subtask, parallelism) === final) return subtask === subtaskIndex;
  }
  return restored.mine;
}

function newLine(taker: FileTaker, base: string, all: readonly Restored[]): PartLine {
  const token = runToken(taker.context) ?? randomUUID().slice(0, TOKEN_CHARS);
  const used = all.flatMap(linesOf).filter((line) => line.base === base && line.token === token);
  return { base, token, next: Math.max(0, ...used.map(({ next }) => next)) };
}

/** The token of names that this run gives: the same when it starts again; undefined: nobody named the run. */
function runToken({ runId, uid }: SinkContext): string | undefined {
  if (runId === undefined) return undefined;
  return createHash('sha256').update(`${runId}\n${uid}`).digest('hex').slice(0, TOKEN_CHARS);
}

function linesOf({ state: { line, retired = [] } }: Restored): readonly PartLine[] {
  return line === undefined ? retired : [line, ...retired];
}

/** Removes the parts that were begun after the checkpoint, and what earlier attempts left hidden. */
function takeBack(
  taker: FileTaker,
  line: PartLine | undefined,
  retired: readonly PartLine[],
  all: readonly Restored[],
): void {
  const own = line === undefined ? retired : [line, ...retired];
  const held = new Set(
    all.flatMap(({ state: { open, complete } }) =>
      [...(open === undefined ? [] : [open]), ...complete].map(({ final }) => hiddenPath(final)),
    ),
  );
  const name = ownName(taker);
  // When no state speaks of names that this run gives, whatever bears one comes again, of however many subtasks that run was.
  const mine = runToken(taker.context);
  const unknown = all.flatMap(linesOf).some((one) => one.token === mine) ? undefined : mine;
  for (const { path, hidden, base, token, part } of partsBeside(taker.disk, name)) {
    if (held.has(path)) continue;
    const next = own.find((one) => one.base === base && one.token === token)?.next ?? Infinity;
    if (token === unknown || part >= next || (hidden && base === name)) taker.disk.remove(path);
  }
}

interface FoundPart {
  readonly path: string;
  readonly hidden: boolean;
  readonly base: string;
  readonly token: string;
  readonly part: number;
}

/** Parts with the extension of a name in its folder. */
function partsBeside(disk: SinkDisk, name: string): FoundPart[] {
  const folder = dirname(name);
  const extension = extname(name);
  return disk.list(folder).flatMap((file): FoundPart[] => {
    const hidden = file.startsWith('.') && file.endsWith('.part');
    const final = hidden ? file.slice(1, -'.part'.length) : file;
    if (!final.endsWith(extension)) return [];
    const stem = final.slice(0, final.length - extension.length);
    const [, start, token, part] = /^(.*)-([\da-f]{8})-(\d+)$/s.exec(stem) ?? [];
    if (start === undefined || token === undefined) return [];
    const base = join(folder, start + extension);
    return [{ path: join(folder, file), hidden, base, token, part: Number(part) }];
  });
}
