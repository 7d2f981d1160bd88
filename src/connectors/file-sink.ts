/**
 * A sink that writes text to files.
 *
 * Rows go to a hidden file beside the target (`.delays.csv.part`), which gets its name when the input ended. So a reader of the
 * target never sees half a result, and a failed or cancelled job leaves nothing under that name. With `rolling`, parts get
 * theirs while the job runs, when a checkpoint behind them is complete. Text is buffered up to 64 Ki characters (at most
 * 192 KiB) and written synchronously: a write of that size to the page cache is faster than a round trip through the thread
 * pool, and `ready` is always true. file-writer.ts has the laws.
 */

import type { Plain } from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import { checkOpColumn } from './changelog.ts';
import { FileWriter } from './file-writer.ts';
import type { RowEncoder } from './file-writer.ts';
import { rollingParams } from './rolling.ts';
import type { RollingPolicy } from './rolling.ts';
import type { Sink } from './sink.ts';
import { nodeSinkDisk } from './sink-disk.ts';
import type { SinkDisk } from './sink-disk.ts';

/** How a file sink differs from the others. */
export interface FileSinkSpec {
  readonly kind: string;
  readonly path: string;
  readonly params: { readonly [key: string]: Plain };
  /** Column that the kind of every row is written to; without one only inserts are taken. */
  readonly opColumn: string | undefined;
  /** Undefined: one file a subtask. */
  readonly rolling: RollingPolicy | undefined;
  /** The encoder for rows of this type; undefined for an untyped stream. */
  encoder(type: RecordType | undefined): RowEncoder;
}

/** The sink over one file name. */
export function fileSink(spec: FileSinkSpec, disk: SinkDisk = nodeSinkDisk): Sink<unknown> {
  const { kind, path, opColumn, rolling } = spec;
  return {
    kind,
    params: { ...spec.params, ...rollingParams(rolling) },
    functions: {},
    async: false,
    createWriter: (context) => {
      if (opColumn !== undefined) checkOpColumn(kind, opColumn, context.type);
      const encoder = spec.encoder(context.type);
      const kinds = opColumn !== undefined;
      return new FileWriter({ disk, sink: kind, path, encoder, kinds, rolling, context });
    },
  };
}
