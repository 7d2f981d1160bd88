/** Record types that the tests of graphs and plans share. */

import { bool, bytes, f64, i32, list, nullable, timestamp, utf8 } from '../../src/record/fields.ts';
import type { RecordType } from '../../src/record/index.ts';
import { record } from '../../src/record/record.ts';

export interface Flight {
  readonly date: number;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

export const Flight: RecordType<Flight> = record('Flight', {
  date: timestamp,
  delay: i32,
  distance: i32,
  origin: utf8,
  destination: utf8,
});

/** One field of every sort. */
export interface Mixed {
  readonly price: number;
  readonly label: string;
  readonly flag: boolean;
  readonly digest: Uint8Array;
  readonly tags: readonly string[];
  readonly place: { readonly city: string };
  readonly note: string | null;
  readonly when: number;
}

export const Mixed: RecordType<Mixed> = record('Mixed', {
  price: f64,
  label: utf8,
  flag: bool,
  digest: bytes,
  tags: list(utf8),
  place: record('Place', { city: utf8 }),
  note: nullable(utf8),
  when: timestamp,
});
