/** `millrace schema export JOB` and `millrace schema import FILE`: record types to and from FlatBuffers schemas. */

import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';

import { EngineError } from '../../base/index.ts';
import { buildGraph, loadJob } from '../../graph/index.ts';
import type { LogicalGraph } from '../../graph/index.ts';
import { exportFbs, importFbs } from '../../record/index.ts';
import type { RecordType } from '../../record/index.ts';
import type { CliOptions } from '../arguments.ts';
import type { Command } from '../command.ts';
import { ExitCode } from '../exit-codes.ts';
import { existingFile } from '../inputs.ts';
import type { CliIo } from '../io.ts';

/** See the file header. */
export const command: Command = async (options, io) => {
  const [direction, path] = options.operands as readonly [string, string];
  switch (direction) {
    case 'export':
      await emit(await exported(path, options, io), options, io);
      return ExitCode.ok;
    case 'import': {
      const file = existingFile(path, 'a FlatBuffers schema', io);
      await emit(importFbs(await readFile(file, 'utf8'), path), options, io);
      return ExitCode.ok;
    }
    default:
      throw new EngineError('ERR_CLI_OPERANDS', {
        usage: 'millrace schema export JOB | import FILE',
        got: direction,
        command: 'schema',
      });
  }
};

async function exported(path: string, options: CliOptions, io: CliIo): Promise<string> {
  const url = existingFile(path, 'the file of a job', io);
  // Standard output is for the schema alone.
  const release = io.capture((_, text) => io.stderr.write(text));
  const graph = await loadJob(url)
    .then((job) => buildGraph(job, options.parameters))
    .finally(release);
  const types = recordTypesOf(graph);
  if (types.length === 0) throw new EngineError('ERR_CLI_NO_TYPES', { job: graph.name });
  return exportFbs(types);
}

/** Record types of all outputs, each once, in the order of the operators. */
function recordTypesOf(graph: LogicalGraph): RecordType[] {
  const types = new Map<string, RecordType>();
  for (const node of graph.nodes) {
    for (const type of [node.outputType, ...Object.values(node.sideOutputs)]) {
      if (type !== undefined) types.set(type.fingerprint, type);
    }
  }
  return [...types.values()];
}

async function emit(text: string, options: CliOptions, io: CliIo): Promise<void> {
  const { out } = options;
  if (out === undefined) {
    io.stdout.write(text);
    return;
  }
  try {
    await writeFile(resolve(io.cwd, out), text);
  } catch (cause) {
    throw new EngineError(
      'ERR_CLI_FILE',
      {
        expected: 'a file that can be written',
        path: out,
        reason: (cause as Error).message,
        suggestion: 'Check that the folder exists and may be written.',
      },
      { cause },
    );
  }
}
