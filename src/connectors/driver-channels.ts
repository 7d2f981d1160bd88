/** The names under which sinks send to the thread that submitted the job, and what their batches hold. */

import type { RowKind } from '../record/index.ts';

/**
 * What a batch that reached the submitting thread is. `epoch` is the number of the last barrier that passed the writer before these rows, undefined
 * before the first one: after the restore of checkpoint n, rows of epochs ≥ n come again.
 */
export type DriverChannel =
  /** Lines to print, without line endings. */
  | { readonly kind: 'print'; readonly to: 'stdout' | 'stderr' }
  /** Rows of the collection of this name. */
  | { readonly kind: 'collect'; readonly name: string; readonly epoch?: number | undefined }
  /** Changes (`Change`) of the collection of this name, which is a table: a ChangelogTable with this key folds them. */
  | {
      readonly kind: 'table';
      readonly name: string;
      readonly key: readonly string[] | undefined;
      readonly epoch?: number | undefined;
    };

/** One row of a batch for a table. */
export interface Change {
  readonly kind: RowKind;
  readonly row: unknown;
}

/** The channel as the text that {@link SinkContext.toDriver} takes. */
export function driverChannelName(channel: DriverChannel): string {
  if (channel.kind === 'print') return `print:${channel.to}`;
  const kind = channel.epoch === undefined ? channel.kind : `${channel.kind}@${channel.epoch}`;
  if (channel.kind === 'collect') return `${kind}:${channel.name}`;
  return `${kind}:${JSON.stringify([channel.name, ...(channel.key ?? [])])}`;
}

/**
 * The reverse of {@link driverChannelName}; undefined for a name that no sink of this room uses.
 *
 * @example
 * parseDriverChannel('collect:delays'); // { kind: 'collect', name: 'delays' }
 */
export function parseDriverChannel(text: string): DriverChannel | undefined {
  if (text === 'print:stdout') return { kind: 'print', to: 'stdout' };
  if (text === 'print:stderr') return { kind: 'print', to: 'stderr' };
  const [, kind, digits, rest = ''] = /^(collect|table)(?:@(\d+))?:(.*)$/s.exec(text) ?? [];
  const epoch = digits === undefined ? undefined : Number(digits);
  if (kind === 'collect') return { kind, name: rest, epoch };
  if (kind !== 'table') return undefined;
  const [name = '', ...key] = JSON.parse(rest) as readonly string[];
  return { kind: 'table', name, key: key.length === 0 ? undefined : key, epoch };
}
