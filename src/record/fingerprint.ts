/** The fingerprint of a record type: a short text that is equal exactly when names and layout are equal. */

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
  return `${descriptor.name}-${hash64(`${LAYOUT_VERSION}${recordText(descriptor)}`)}`;
}

/** One text for one descriptor, whatever the order of its properties. */
function recordText(descriptor: RecordDescriptor): string {
  return `${descriptor.name}{${descriptor.fields.map(fieldText).join(';')}}`;
}

function fieldText(field: FieldDescriptor): string {
  const marks = `${field.nullable ? '?' : ''}${field.deprecated ? '!' : ''}`;
  return `${field.name}${marks}:${typeText(field.type)}`;
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

/** 64 bits in hexadecimal: two 32-bit lanes of multiply and xor-shift (after cyrb53 by bryc, public domain). */
function hash64(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return hex32(b) + hex32(a);
}

function hex32(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
