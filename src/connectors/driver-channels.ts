/** The names under which sinks send to the thread that submitted the job, and what their batches hold. */

import type { RowKind } from '../record/index.ts';

/** What a batch that reached the submitting thread is. */
export type DriverChannel =
  /** Lines to print, without line endings. */
  | { readonly kind: 'print'; readonly to: 'stdout' | 'stderr' }
  /** Rows of the collection of this name. */
  | { readonly kind: 'collect'; readonly name: string }
  /** Changes (`Change`) of the collection of this name, which is a table: a ChangelogTable with this key folds them. */
  | {
      readonly kind: 'table';
      readonly name: string;
      readonly key: readonly string[] | undefined;
    };

/** One row of a batch for a table. */
export interface Change {
  readonly kind: RowKind;
  readonly row: unknown;
}

/** The channel as the text that {@link SinkContext.toDriver} takes. */
export function driverChannelName(channel: DriverChannel): string {
  if (channel.kind === 'print') return `print:${channel.to}`;
  if (channel.kind === 'collect') return `collect:${channel.name}`;
  return `table:${JSON.stringify([channel.name, ...(channel.key ?? [])])}`;
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
  if (text.startsWith('collect:')) return { kind: 'collect', name: text.slice(8) };
  if (!text.startsWith('table:')) return undefined;
  const [name = '', ...key] = JSON.parse(text.slice(6)) as readonly string[];
  return { kind: 'table', name, key: key.length === 0 ? undefined : key };
}
