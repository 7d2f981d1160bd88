/** The hash of a timer: all bits of its key id, namespace and time. */

const floats = new Float64Array(1);
const words: Int32Array = new Int32Array(floats.buffer);

/** Spreads many keys that share one time as well as one key with many times or namespaces. */
export function hashOfTimer(id: number, namespace: number, time: number): number {
  // -0 is the same namespace as 0.
  floats[0] = namespace + 0;
  let h = Math.imul(id, 0x85ebca6b) ^ (time | 0);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ words[0]! ^ Math.imul(words[1]!, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) ^ Math.floor(time * 2 ** -32);
  h = Math.imul(h ^ (h >>> 16), 0x297a2d39);
  return h ^ (h >>> 15);
}
