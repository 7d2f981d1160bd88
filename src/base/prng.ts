/**
 * A small seeded generator for tests, simulation, benchmarks and generator sources.
 * Law: the same seed gives the same sequence on every machine. Not for secrets.
 * Algorithm: sfc32 by Chris Doty-Humphrey (PractRand), seeded by splitmix32.
 */
export class Prng {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  /** @param seed any integer; only its low 32 bits count */
  constructor(seed: number) {
    let state = seed | 0;
    const mix = (): number => {
      state = (state + 0x9e3779b9) | 0;
      let z = state;
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    this.#a = mix();
    this.#b = mix();
    this.#c = mix();
    for (let i = 0; i < 12; i++) this.nextInt32();
  }

  /** A signed 32-bit integer. */
  nextInt32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return sum;
  }

  /** A float in [0, 1) with 32 random bits. */
  next(): number {
    return (this.nextInt32() >>> 0) / 4294967296;
  }

  /** An integer in [0, bound), for 1 ≤ bound ≤ 2^32. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }
}
