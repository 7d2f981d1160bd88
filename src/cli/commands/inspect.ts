/** `millrace inspect FOLDER`: what checkpoints and savepoints hold, and their keyed state as lines. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { resolve } from 'node:path';

import { EngineError, thrownMessage } from '../../base/index.ts';
import { checkpointsIn, openSavepoint, openStore } from '../../savepoint/index.ts';
import type {
  FoundCheckpoint,
  Savepoint,
  SavepointOperator,
  SavepointState,
} from '../../savepoint/index.ts';
import type { CliOptions } from '../arguments.ts';
import type { Command } from '../command.ts';
import { errorJson } from '../error-text.ts';
import { ExitCode } from '../exit-codes.ts';
import { exportJson, lineExport } from '../export-lines.ts';
import { bytesOf, checkpointLines, fbsOf, operatorLines, typeLines } from '../inspect-view.ts';
import type { CountedOperator } from '../inspect-view.ts';
import { columnsOf } from '../io.ts';
import type { CliIo } from '../io.ts';
import { styleOf } from '../style.ts';
import { plainText } from '../text.ts';

/** Exported lines are written in pieces of about so many characters. */
const PIECE_CHARACTERS = 1 << 16;

/** See the file header. */
export const command: Command = async (options, io) => {
  const folder = resolve(io.cwd, options.operands[0]!);
  return options.state === undefined
    ? await show(folder, options, io)
    : await exportState(folder, options.state, options, io);
};

async function show(folder: string, options: CliOptions, io: CliIo): Promise<number> {
  const found = await checkpointsIn(openStore(folder));
  const style = styleOf(io.stdout, io.env, options);
  const columns = columnsOf(io.stdout);
  if (!options.json) {
    const lines = checkpointLines(found, style, columns);
    io.stdout.write(`${plainText(folder)}\n${lines.join('\n')}\n`);
  }
  const checkpoint =
    options.checkpoint ?? found.findLast(({ error }) => error === undefined)?.checkpoint;
  const savepoint = await openSavepoint(folder, checkpoint === undefined ? {} : { checkpoint });
  const operators: CountedOperator[] = [];
  for (const operator of savepoint.operators()) {
    const { uid, states } = operator;
    const keys = states.length === 0 ? new Map<number, number>() : await savepoint.keyCounts(uid);
    operators.push({ operator, keys });
  }
  if (options.json) {
    const document = documentOf(savepoint, found, operators);
    io.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
    return ExitCode.ok;
  }
  const { kind, job } = savepoint;
  const types = typeLines(operators.map(({ operator }) => operator));
  const lines = [
    '',
    `${kind} ${savepoint.checkpoint} of ${plainText(job)}`,
    '',
    ...operatorLines(operators, style, columns),
    ...(types.length === 0 ? [] : ['', ...types]),
  ];
  io.stdout.write(`${lines.join('\n')}\n`);
  return ExitCode.ok;
}

function documentOf(
  savepoint: Savepoint,
  found: readonly FoundCheckpoint[],
  operators: readonly CountedOperator[],
): Readonly<Record<string, unknown>> {
  return {
    folder: savepoint.folder,
    job: savepoint.job,
    checkpoint: savepoint.checkpoint,
    checkpoints: found.map(({ checkpoint, file, manifest, error }) => ({
      checkpoint,
      file,
      intact: error === undefined,
      ...(manifest === undefined
        ? {}
        : {
            kind: manifest.kind,
            triggeredAtMs: manifest.triggeredAtMs,
            completedAtMs: manifest.completedAtMs,
            bytes: bytesOf(manifest),
          }),
      ...(error === undefined ? {} : { error: errorJson(error) }),
    })),
    operators: operators.map(({ operator, keys }) => ({
      ...operator,
      states: operator.states.map((state) =>
        state.type === undefined ? state : { ...state, fbs: fbsOf([state.type]) },
      ),
      keys: [...keys.values()].reduce((sum, one) => sum + one, 0),
      keysByKeyGroup: Object.fromEntries([...keys].toSorted(([a], [b]) => a - b)),
    })),
  };
}

async function exportState(
  folder: string,
  wanted: string,
  options: CliOptions,
  io: CliIo,
): Promise<number> {
  const { checkpoint, exportFormat, limit = Infinity } = options;
  const savepoint = await openSavepoint(folder, checkpoint === undefined ? {} : { checkpoint });
  const { operator, state } = stateOf(savepoint, wanted);
  const lines = lineExport(exportFormat, operator, state);
  const matches = keyFilter(options.key);
  const output = options.out === undefined ? undefined : fileOutput(resolve(io.cwd, options.out));
  const write = output?.write ?? (async (text: string): Promise<unknown> => io.stdout.write(text));
  let piece = lines.head;
  let written = 0;
  for await (const entry of savepoint.keys(operator.uid)) {
    if (written >= limit) break;
    if (state !== undefined && !(state.name in entry.values)) continue;
    if (!matches(entry.key)) continue;
    piece += lines.line(entry);
    written++;
    if (piece.length < PIECE_CHARACTERS) continue;
    await write(piece);
    piece = '';
  }
  await write(piece);
  await output?.end();
  return ExitCode.ok;
}

/** `UID`, or `UID/STATE`; a uid may have strokes of its own. @throws ERR_SAVEPOINT_STATE */
function stateOf(
  savepoint: Savepoint,
  wanted: string,
): { readonly operator: SavepointOperator; readonly state: SavepointState | undefined } {
  const whole = savepoint.operators().find(({ uid }) => uid === wanted);
  const at = wanted.lastIndexOf('/');
  if (whole !== undefined || at < 0) {
    return { operator: whole ?? savepoint.operator(wanted), state: undefined };
  }
  const operator = savepoint.operator(wanted.slice(0, at));
  return { operator, state: savepoint.state(operator.uid, wanted.slice(at + 1)) };
}

/** Whether a key is the one that was asked for: as JSON, or as text. */
function keyFilter(text: string | undefined): (key: unknown) => boolean {
  if (text === undefined) return () => true;
  const wanted = [exportJson(text)];
  try {
    wanted.push(exportJson(JSON.parse(text)));
  } catch {
    // Not JSON: a text.
  }
  return (key) => wanted.includes(exportJson(key));
}

interface FileOutput {
  write(this: void, text: string): Promise<unknown>;
  end(): Promise<void>;
}

function fileOutput(path: string): FileOutput {
  const stream = createWriteStream(path);
  const failed = (cause: unknown): never => {
    const details = { action: 'write', file: path, reason: thrownMessage(cause) };
    throw new EngineError('ERR_CHECKPOINT_IO', details, { cause });
  };
  const opened = once(stream, 'open').catch(failed);
  return {
    write: async (text) => {
      await opened;
      if (!stream.write(text)) await once(stream, 'drain').catch(failed);
    },
    end: async () => {
      stream.end();
      await finished(stream).catch(failed);
    },
  };
}
