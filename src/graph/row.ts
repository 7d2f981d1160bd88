/** What user functions see of a row, and what the field-named calls accept. */

import { keepRow as keep } from '../connectors/index.ts';
import type { KeyValue } from '../record/index.ts';

/** A row as a user function is given it: not to be changed, valid only during the call. */
export type Row<T> = Readonly<T>;

/**
 * The row as a value that may be kept after the call it was passed to: a copy of a view or an object, which may be used
 * again for the next row, and anything else as it is.
 *
 * @example
 * bids.keyBy('auction').reduce((top, bid) => (bid.price > top.price ? keepRow(bid) : top));
 */
export function keepRow<T>(row: T): T {
  return keep(row) as T;
}

/** A key that is one value. */
type KeyScalar = Exclude<KeyValue, readonly KeyValue[]>;

type FieldsOf<T, Value> = {
  [F in keyof T & string]-?: Exclude<T[F], null | undefined> extends Value ? F : never;
}[keyof T & string];

/** Names of fields that can be part of a key. */
export type KeyField<T> = FieldsOf<T, KeyScalar>;
/** Names of fields that can be summed. */
export type SummableField<T> = FieldsOf<T, number | bigint>;
/** Names of fields that have an order. */
export type ComparableField<T> = FieldsOf<T, number | bigint | boolean | string>;

/** The key that this field gives. */
export type KeyPart<T, F extends keyof T> = Exclude<T[F], null | undefined>;

/** The key that these fields give: one value, or a tuple. */
export type KeyOf<T, F extends readonly (keyof T)[]> = F extends readonly [
  infer Only extends keyof T,
]
  ? KeyPart<T, Only>
  : { readonly [I in keyof F]: F[I] extends keyof T ? KeyPart<T, F[I]> : never };

/** The names of the fields that a stream is keyed by; never when it is keyed by a function. */
export type KeyFieldsOf<Keyed> = Keyed extends { readonly keyFields?: infer F }
  ? unknown extends F
    ? never
    : Exclude<F, undefined>
  : never;
