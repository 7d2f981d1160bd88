/** `lines`: a text file, one string a line; read as a source, written as a sink. */

import { fileSink } from './file-sink.ts';
import { LineFormat } from './line-format.ts';
import { positiveInteger } from './options.ts';
import { filePath } from './path.ts';
import { rollingPolicy } from './rolling.ts';
import type { RollingOptions } from './rolling.ts';
import type { Sink } from './sink.ts';
import type { Source } from './source.ts';
import { SPLIT_BYTES, textSource } from './text-source.ts';

/** Options of {@link lines}. */
export interface LinesOptions {
  /** Bytes of one split when read, default 8 MiB; parallel subtasks read different splits. */
  readonly splitBytes?: number;
  /** Written: several files that appear while the job runs; see {@link csv}. */
  readonly rolling?: RollingOptions;
}

/**
 * A text file of lines. `fromSource(lines('in.txt'))` reads it, every line a string without its line ending (LF or CRLF; an
 * empty line is an empty string; malformed UTF-8 becomes U+FFFD). `sinkTo(lines('out.txt'))` writes `String(row)` and a line
 * feed for every row; the file appears under its name when the job ends (see {@link csv} for parallel sinks).
 *
 * @throws ERR_CONNECTORS_OPTION
 * @example
 * env.fromSource(lines('words.txt')).flatMap((line) => line.split(' ')).sinkTo(lines('one-a-line.txt'));
 */
export function lines(
  path: string | URL,
  options: LinesOptions = {},
): Source<string> & Sink<unknown> {
  const file = filePath(path);
  const source = textSource<string>({
    kind: 'lines',
    path: file,
    params: { path: file },
    type: undefined,
    onBadRow: 'fail',
    splitBytes: positiveInteger('lines', 'splitBytes', options.splitBytes, SPLIT_BYTES),
    header: false,
    open: () => new StringFormat(false),
  });
  const sink = fileSink({
    kind: 'lines',
    path: file,
    params: source.params,
    opColumn: undefined,
    rolling: rollingPolicy('lines', options.rolling),
    encoder: () => ({ head: '', encode: (row) => `${String(row)}\n` }),
  });
  const { params } = sink;
  return { ...source, params, createWriter: (context) => sink.createWriter(context) };
}

class StringFormat extends LineFormat<string> {
  override read(bytes: Buffer, pos: number): string {
    return bytes.toString('utf8', pos, this.rowEnd);
  }
}
