/**
 * Short texts decoded once: a direct-mapped cache from UTF-8 bytes to the string. Hot path of text sources.
 *
 * Columns of low cardinality (airports, states, units) decode each distinct value about once, and equal values are the same
 * string object. A hit costs about half of a call of `toString` and allocates nothing.
 */

const SLOTS = 4096;
/** Longer texts are seldom repeated. */
const KEY_BYTES_MAX = 32;

/** Owner: one reader. */
export class TextCache {
  readonly #texts: string[] = Array.from({ length: SLOTS }, () => '');
  readonly #keys: Uint8Array = new Uint8Array(SLOTS * KEY_BYTES_MAX);
  /** Key length by slot; 0 is the empty text, which is right for an unused slot. */
  readonly #lengths: Uint8Array = new Uint8Array(SLOTS);

  /** The string of the UTF-8 bytes `[start, end)`; malformed bytes become U+FFFD. */
  decode(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > KEY_BYTES_MAX) return bytes.toString('utf8', start, end);
    let hash = length;
    for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + bytes[i]!) | 0;
    const slot = (hash ^ (hash >>> 13)) & (SLOTS - 1);
    const keys = this.#keys;
    const key = slot * KEY_BYTES_MAX;
    if (this.#lengths[slot] === length) {
      let i = 0;
      while (i < length && keys[key + i] === bytes[start + i]) i++;
      if (i === length) return this.#texts[slot]!;
    }
    const text = bytes.toString('utf8', start, end);
    for (let i = 0; i < length; i++) keys[key + i] = bytes[start + i]!;
    this.#lengths[slot] = length;
    this.#texts[slot] = text;
    return text;
  }
}
