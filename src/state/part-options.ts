/** What the parts that this room offers are made from. */

import type { Expiry, TtlOptions } from './expiry.ts';
import type { PartDescriptor } from './keyed-backend.ts';

/** A part on the heap. */
export interface PartOptions {
  /** Unique within the operator. */
  readonly name: string;
  /** As in `PartDescriptor`; the part says what it is when this is missing. */
  readonly kind?: string;
  /** Time to live; missing means for ever. */
  readonly ttl?: TtlOptions | undefined;
}

/** The descriptor of a part made with these options. */
export function describePart(
  options: PartOptions,
  kind: string,
  types: Readonly<Record<string, unknown>> = {},
): PartDescriptor {
  const plain = { name: options.name, kind: options.kind ?? kind, types };
  return options.ttl === undefined ? plain : { ...plain, stamps: true };
}

/** The stamp of a restored value, whether or not the part that wrote it and the part that reads it have a time to live. */
export function restoredStamp(
  source: { f64(): number },
  from: PartDescriptor,
  expiry: Expiry | undefined,
): number {
  if (from.stamps === true) return source.f64();
  return expiry === undefined ? 0 : expiry.now();
}
