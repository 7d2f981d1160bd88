/**
 * Deals the snapshots of an operator's instances out to instances of another number: pure.
 *
 * Laws (test/state/redistribute.property.test.ts):
 *  1. Every key group goes to exactly one instance: the one that owns it.
 *  2. Elements of `split` state go to exactly one instance each, in order, and counts differ by one at most; when the
 *     number of instances stays, each keeps its own.
 *  3. Every instance gets all elements of `union` state, and the elements of one instance of `broadcast` state.
 */

import { keyGroupRange } from '../record/index.ts';
import type {
  KeyedSnapshot,
  OperatorSnapshot,
  OperatorStateSnapshot,
  Redistribution,
} from './keyed-backend.ts';

/** What one instance is restored from. */
export interface InstanceState {
  readonly keyed: readonly KeyedSnapshot[];
  readonly operator: readonly OperatorStateSnapshot[];
}

/**
 * State of `parallelism` instances from the snapshots of all earlier ones, in the order of their subtasks.
 *
 * @param maxParallelism number of key groups, the same as when the snapshots were taken
 * @example
 * const states = redistribute(snapshots, 128, 4);
 * states[0].keyed; // key groups 0 to 31
 */
export function redistribute(
  snapshots: readonly OperatorSnapshot[],
  maxParallelism: number,
  parallelism: number,
): InstanceState[] {
  const named = gather(snapshots);
  return Array.from({ length: parallelism }, (_, subtask) => {
    const [first, end] = keyGroupRange(subtask, maxParallelism, parallelism);
    const keyed = snapshots.flatMap((snapshot) =>
      snapshot.keyed === undefined ? [] : [withGroups(snapshot.keyed, first, end)],
    );
    const operator = [...named.values()].map(({ name, redistribution, elements }) => ({
      name,
      redistribution,
      elements: share(elements, redistribution, subtask, parallelism),
    }));
    return { keyed: keyed.filter(({ groups }) => groups.length > 0), operator };
  });
}

interface Gathered {
  readonly name: string;
  readonly redistribution: Redistribution;
  /** Of each earlier instance. */
  readonly elements: (readonly Uint8Array[])[];
}

function gather(snapshots: readonly OperatorSnapshot[]): Map<string, Gathered> {
  const named = new Map<string, Gathered>();
  snapshots.forEach(({ operator }, instance) => {
    for (const { name, redistribution, elements } of operator) {
      let found = named.get(name);
      if (found === undefined) {
        found = { name, redistribution, elements: snapshots.map(() => []) };
        named.set(name, found);
      }
      found.elements[instance] = elements;
    }
  });
  return named;
}

function share(
  elements: readonly (readonly Uint8Array[])[],
  redistribution: Redistribution,
  subtask: number,
  parallelism: number,
): readonly Uint8Array[] {
  switch (redistribution) {
    case 'union':
      return elements.flat();
    case 'broadcast':
      return elements.find((own) => own.length > 0) ?? [];
    case 'split': {
      if (elements.length === parallelism) return elements[subtask]!;
      const all = elements.flat();
      const start = Math.floor((subtask * all.length) / parallelism);
      return all.slice(start, Math.floor(((subtask + 1) * all.length) / parallelism));
    }
  }
}

function withGroups(snapshot: KeyedSnapshot, first: number, end: number): KeyedSnapshot {
  const groups = snapshot.groups.filter(({ keyGroup }) => keyGroup >= first && keyGroup < end);
  return { ...snapshot, groups };
}
