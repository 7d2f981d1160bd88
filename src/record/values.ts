/** Cold paths of the codecs: what a value should have been, and 64-bit integers that need care. */

import { EngineError } from '../base/index.ts';
import type { TypeDescriptor } from './record-type.ts';
import { INTEGER_RANGE, isBigInt, isInteger, isScalar } from './scalar.ts';

/** What a field of this type takes, in words. */
export function expectedOf(type: TypeDescriptor, nullable = false): string {
  return `${expectedValue(type)}${nullable ? ' or null' : ''}`;
}

function expectedValue(type: TypeDescriptor): string {
  if (isScalar(type)) {
    const { kind } = type;
    if (isBigInt(type)) return `a bigint of 64 bits (${kind})`;
    if (!isInteger(kind)) return kind === 'bool' ? 'true or false' : 'a number';
    const [low, high] = INTEGER_RANGE[kind];
    return `an integer ${low} to ${high} (${kind})`;
  }
  switch (type.kind) {
    case 'utf8':
      return 'a string (or its UTF-8 bytes)';
    case 'bytes':
      return 'a Uint8Array';
    case 'list':
      return `an array of ${type.of.kind === 'record' ? type.of.record.name : type.of.kind}`;
    case 'record':
      return `a record ${type.record.name}`;
  }
}

/** @throws ERR_RECORD_VALUE always */
export function failValue(
  record: string,
  field: string,
  type: TypeDescriptor,
  nullable: boolean,
  got: unknown,
): never {
  throw new EngineError('ERR_RECORD_VALUE', {
    record,
    field,
    expected: expectedOf(type, nullable),
    got: describeValue(got),
  });
}

/** @throws ERR_RECORD_VALUE always: the row itself is not an object */
export function failRow(record: string, got: unknown): never {
  throw new EngineError('ERR_RECORD_VALUE', {
    record,
    field: '(the row)',
    expected: 'an object',
    got: describeValue(got),
  });
}

/** A value in a message: its type where the value alone misleads, and never too long. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') {
    return `the string '${value.length > 60 ? `${value.slice(0, 60)}…` : value}'`;
  }
  if (typeof value === 'bigint') return `the bigint ${value}n`;
  if (typeof value === 'function') return `the function ${value.name || '(anonymous)'}`;
  if (typeof value === 'object' && value !== null) {
    const kind = (value.constructor as { name?: string } | undefined)?.name ?? 'object';
    return Array.isArray(value) ? `an array of ${value.length}` : `an object (${kind})`;
  }
  return String(value);
}

/**
 * A 64-bit integer beyond the fast range of the readers, as a number: only 2^53 itself is left to be exact.
 *
 * @param low lower 32 bits, as int32
 * @param high upper 32 bits, as int32
 * @throws ERR_RECORD_VALUE beyond ±2^53
 */
export function readWide(
  low: number,
  high: number,
  record: string,
  field: string,
  kind: 'i64' | 'u64' | 'timestamp',
): number {
  if (high === 0x200000 && low === 0) return 2 ** 53;
  const whole = (BigInt(high) << 32n) | BigInt(low >>> 0);
  throw new EngineError('ERR_RECORD_VALUE', {
    record,
    field,
    expected: `${expectedOf({ kind })}, or declare the field ${kind === 'u64' ? 'u64' : 'i64'}.asBigInt()`,
    got: String(kind === 'u64' ? BigInt.asUintN(64, whole) : whole),
  });
}
