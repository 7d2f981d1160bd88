/** Reads parsed JSON strictly: every field is named, of its type and in its range, or the error says which is not. */

import { EngineError } from '../base/index.ts';
import type { Json } from './state-shapes.ts';

/** One value of a document, with the way to it. */
export class JsonField {
  readonly #file: string;
  readonly #value: unknown;
  readonly path: string;

  constructor(file: string, value: unknown, path = '') {
    this.#file = file;
    this.#value = value;
    this.path = path;
  }

  /** The fields of an object that has exactly these. @throws ERR_CHECKPOINT_MANIFEST */
  object<const Keys extends string>(...keys: readonly Keys[]): Readonly<Record<Keys, JsonField>> {
    const found = this.#entries();
    const names = found.map(([key]) => key);
    const missing = keys.find((key) => !names.includes(key));
    if (missing !== undefined) this.fail(`a field ${missing}`, names.join(', ') || 'no field');
    const unknown = names.find((name) => !(keys as readonly string[]).includes(name));
    if (unknown !== undefined) this.fail(`the fields ${keys.join(', ')}`, unknown);
    return Object.fromEntries(found) as Record<Keys, JsonField>;
  }

  list(): readonly JsonField[] {
    const value = this.#value;
    if (!Array.isArray(value)) return this.fail('a list', value);
    return value.map((item: unknown, i) => new JsonField(this.#file, item, `${this.path}[${i}]`));
  }

  text(): string {
    const value = this.#value;
    return typeof value === 'string' ? value : this.fail('a text', value);
  }

  /** One of these texts. */
  oneOf<const T extends string>(...allowed: readonly T[]): T {
    const value = this.#value;
    const found = allowed.find((one) => one === value);
    return found ?? this.fail(allowed.join(' or '), value);
  }

  /** An integer in this range, both inclusive. */
  integer(least = 0, most: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.#value;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most)
      return value;
    return this.fail(`an integer from ${least} to ${most}`, value);
  }

  boolean(): boolean {
    const value = this.#value;
    return typeof value === 'boolean' ? value : this.fail('true or false', value);
  }

  /** 32 bits as eight hexadecimal digits. */
  word(): number {
    const value = this.text();
    if (!/^[0-9a-f]{8}$/.test(value)) this.fail('eight hexadecimal digits', value);
    return Number.parseInt(value, 16);
  }

  get isNull(): boolean {
    return this.#value === null;
  }

  /** Any object of JSON values, as it is. */
  record(): Readonly<Record<string, Json>> {
    this.#entries();
    return this.#value as Record<string, Json>;
  }

  /** @throws ERR_CHECKPOINT_MANIFEST always */
  fail(expected: string, got: unknown): never {
    const field = this.path === '' ? 'the whole' : this.path;
    failManifest(this.#file, field, expected, got);
  }

  #entries(): [string, JsonField][] {
    const value = this.#value;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return this.fail('an object', value);
    }
    return Object.entries(value).map(([key, field]) => [
      key,
      new JsonField(this.#file, field, this.path === '' ? key : `${this.path}.${key}`),
    ]);
  }
}

/** @throws ERR_CHECKPOINT_MANIFEST always */
export function failManifest(file: string, field: string, expected: string, got: unknown): never {
  const text = JSON.stringify(got) ?? String(got);
  throw new EngineError('ERR_CHECKPOINT_MANIFEST', {
    file,
    field,
    expected,
    got: text.length > 80 ? `${text.slice(0, 77)}...` : text,
  });
}
