/** The names under which sinks send to the thread that submitted the job, and what their batches hold. */

/** What a batch that reached the submitting thread is. */
export type DriverChannel =
  /** Lines to print, without line endings. */
  | { readonly kind: 'print'; readonly to: 'stdout' | 'stderr' }
  /** Rows of the collection of this name. */
  | { readonly kind: 'collect'; readonly name: string };

/** The channel as the text that {@link SinkContext.toDriver} takes. */
export function driverChannelName(channel: DriverChannel): string {
  return channel.kind === 'print' ? `print:${channel.to}` : `collect:${channel.name}`;
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
  return text.startsWith('collect:') ? { kind: 'collect', name: text.slice(8) } : undefined;
}
