/** The fingerprint of a record type: a short text that is equal exactly when names and layout are equal. */

import { textHash } from '../base/index.ts';
import type { FieldDescriptor, RecordDescriptor, TypeDescriptor } from './record-type.ts';
import { isScalar } from './scalar.ts';

/** Changes when the bytes of the same descriptor change. */
const LAYOUT_VERSION = 1;

/**
 * The name of the type and 64 bits of hash over its descriptor, for example `Bid-4f9c0a1be2d37765`. Stable across
 * machines and Node versions; goes into plans and manifests.
 *
 * @example
 * fingerprintOf(Bid.descriptor) === Bid.fingerprint; // true
 */
export function fingerprintOf(descriptor: RecordDescriptor): string {
  return `${descriptor.name}-${textHash(`${LAYOUT_VERSION}${recordText(descriptor)}`)}`;
}

/** One text for one descriptor, whatever the order of its properties. */
function recordText(descriptor: RecordDescriptor): string {
  return `${descriptor.name}{${descriptor.fields.map(fieldText).join(';')}}`;
}

function fieldText(field: FieldDescriptor): string {
  const marks = `${field.nullable ? '?' : ''}${field.deprecated ? '!' : ''}`;
  return `${field.name}${marks}:${typeText(field.type)}`;
}

/** Whether values of the two types have the same bytes and are the same to user code. */
export function isSameType(a: TypeDescriptor, b: TypeDescriptor): boolean {
  return typeText(a) === typeText(b);
}

function typeText(type: TypeDescriptor): string {
  if (isScalar(type)) return type.bigint === true ? `${type.kind}n` : type.kind;
  switch (type.kind) {
    case 'list':
      return `[${typeText(type.of)}]`;
    case 'record':
      return recordText(type.record);
    case 'utf8':
      return type.dictionary === true ? 'utf8*' : 'utf8';
    case 'bytes':
      return 'bytes';
  }
}
