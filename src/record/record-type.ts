/** A record type: the declared shape of a stream's rows. */

/** A record type with the TypeScript type of its rows. */
export interface RecordType<T = unknown> {
  readonly name: string;
  /** Plain data for plans and manifests. */
  readonly descriptor: RecordDescriptor;
  /** Equal fingerprints have equal layouts and equal names. */
  readonly fingerprint: string;
  /** Phantom: the row. */
  readonly row?: T;
}

/** A record type as plain data (JSON). */
export interface RecordDescriptor {
  readonly name: string;
  readonly fields: readonly FieldDescriptor[];
  /** Set when these are some of the fields of the declared type, see projection.ts; positions then mean nothing. */
  readonly projection?: true;
}

/** One field as plain data. Field ids are their positions, as in FlatBuffers. */
export interface FieldDescriptor {
  readonly name: string;
  readonly type: TypeDescriptor;
  readonly nullable: boolean;
  readonly deprecated: boolean;
}

/** Scalar kinds by their width. `timestamp` is an i64 of milliseconds since the epoch. */
export type ScalarKind =
  | 'bool'
  | 'i8'
  | 'u8'
  | 'i16'
  | 'u16'
  | 'i32'
  | 'u32'
  | 'i64'
  | 'u64'
  | 'f32'
  | 'f64'
  | 'timestamp';

/** A field's type as plain data. `bigint`: the 64-bit integer is a bigint in rows, not a checked number. */
export type TypeDescriptor =
  | { readonly kind: ScalarKind; readonly bigint?: boolean }
  | { readonly kind: 'utf8'; readonly dictionary?: boolean }
  | { readonly kind: 'bytes' }
  | { readonly kind: 'list'; readonly of: TypeDescriptor }
  | { readonly kind: 'record'; readonly record: RecordDescriptor };
