/**
 * What checkpoints were complete and with which bytes, so that it can be said which is the newest intact one, by comparing bytes and
 * nothing else.
 */

import { filesOf } from '../../../src/checkpoint/manifest.ts';
import { parseManifest } from '../../../src/checkpoint/manifest-text.ts';
import { manifestName } from '../../../src/checkpoint/names.ts';

type Files = ReadonlyMap<string, Uint8Array>;

/** A warning of the engine. */
export interface Warning {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** All that the engine ever said to be complete, of one folder. */
export class KnownCheckpoints {
  readonly #folder: string;
  readonly #known = new Map<number, Files>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** One is complete now. */
  add(checkpoint: number, files: Files): void {
    const manifest = manifestName(checkpoint);
    const bytes = files.get(this.#path(manifest));
    if (bytes === undefined)
      throw new Error(`checkpoint ${checkpoint} is complete without a manifest`);
    const names = [manifest, ...filesOf(parseManifest(bytes, manifest))];
    this.#known.set(
      checkpoint,
      new Map(names.map((name) => [name, files.get(this.#path(name)) ?? new Uint8Array(0)])),
    );
  }

  /** The folder was emptied. */
  forget(): void {
    this.#known.clear();
  }

  get newest(): number {
    return Math.max(0, ...this.#known.keys());
  }

  /** The newest whose bytes are all there; 0: none is. */
  newestIntact(files: Files): number {
    const intact = [...this.#known.keys()].filter((checkpoint) =>
      this.#isIntact(checkpoint, files),
    );
    return Math.max(0, ...intact);
  }

  /**
   * What is wrong with going on from `chosen` (0: from the beginning).
   *
   * @param warnings of this attempt to go on
   */
  problemOf(chosen: number, files: Files, warnings: readonly Warning[]): string | undefined {
    const rejected = new Set(
      warnings
        .filter(({ message }) => message === 'checkpoint rejected')
        .map(({ fields }) => String(fields['file'])),
    );
    for (const checkpoint of this.#known.keys()) {
      const file = manifestName(checkpoint);
      if (checkpoint <= chosen || rejected.has(file)) continue;
      if (this.#isIntact(checkpoint, files)) {
        return `it goes on from ${chosen} though ${checkpoint} is intact`;
      }
      if (files.has(this.#path(file))) {
        return `it goes on from ${chosen} and does not say why not from ${checkpoint}`;
      }
    }
    if (this.#known.has(chosen) && !this.#isIntact(chosen, files)) {
      return `it goes on from ${chosen}, which is damaged`;
    }
    return undefined;
  }

  #isIntact(checkpoint: number, files: Files): boolean {
    return [...this.#known.get(checkpoint)!].every(([name, bytes]) => {
      const there = files.get(this.#path(name));
      return there !== undefined && Buffer.compare(there, bytes) === 0;
    });
  }

  #path(name: string): string {
    return `${this.#folder}/${name}`;
  }
}
