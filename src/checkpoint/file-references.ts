/**
 * Who refers to which state file, so that what is deleted is exactly what nobody needs. Pure.
 *
 * Law (test/checkpoint/retention.property.test.ts): `remove` gives the files of that manifest that no manifest here refers to,
 * and no other.
 */

import { filesOf } from './manifest.ts';
import type { Manifest } from './manifest.ts';

type Referring = Pick<Manifest, 'checkpoint' | 'subtasks'>;

/** Counts references of the manifests of one store. Owner: main thread. */
export class FileReferences {
  readonly #counts: Map<string, number> = new Map();
  readonly #files: Map<number, ReadonlySet<string>> = new Map();

  /** Whether any manifest refers to the file. */
  has(file: string): boolean {
    return this.#counts.has(file);
  }

  /** A manifest is there; adding it again changes nothing. */
  add(manifest: Referring): void {
    if (this.#files.has(manifest.checkpoint)) return;
    const files = filesOf(manifest);
    this.#files.set(manifest.checkpoint, files);
    for (const file of files) this.#counts.set(file, (this.#counts.get(file) ?? 0) + 1);
  }

  /** A manifest goes. @returns the files that nobody refers to any more, sorted */
  remove(checkpoint: number): string[] {
    const unused: string[] = [];
    for (const file of this.#files.get(checkpoint) ?? []) {
      const count = this.#counts.get(file)! - 1;
      if (count > 0) {
        this.#counts.set(file, count);
      } else {
        this.#counts.delete(file);
        unused.push(file);
      }
    }
    this.#files.delete(checkpoint);
    return unused.toSorted();
  }
}
