/** State of subtasks, and manifests over it, for tests of checkpoints. */

import fc from 'fast-check';

import { keyGroupRange } from '../../src/record/index.ts';
import type {
  CheckpointStore,
  Manifest,
  Section,
  SubtaskHandles,
  SubtaskReport,
  SubtaskState,
} from '../../src/checkpoint/index.ts';
import { readOperatorState, writeSubtaskState } from '../../src/checkpoint/index.ts';

export const GROUPS = 8;

const layout = {
  version: 1,
  key: {
    type: {
      name: 'Key',
      fields: [{ name: 'k0', type: { kind: 'utf8' }, nullable: false, deprecated: false }],
    },
    generic: false,
  },
  parts: [
    { name: 'sum', kind: 'value', types: { row: { name: 'Sum', fields: [] } }, stamps: true },
    { name: 'timers', kind: 'timers', types: {} },
  ],
} as const;

const someBytes = fc.uint8Array({ maxLength: 40 });

/** What subtask `index` of two holds: an operator `a` with keyed and operator state, and one `b` with nothing. */
export function subtaskState(index: number): fc.Arbitrary<SubtaskState> {
  const [first, end] = keyGroupRange(index, GROUPS, 2);
  const groups = fc.array(someBytes, { minLength: end - first, maxLength: end - first });
  return fc
    .record({
      groups,
      present: fc.array(fc.boolean(), { minLength: GROUPS, maxLength: GROUPS }),
      elements: fc.array(someBytes, { maxLength: 4 }),
      position: fc.integer(),
    })
    .map(({ groups: bytes, present, elements, position }) => ({
      operators: {
        a: {
          keyed: {
            ...layout,
            groups: bytes
              .map((each, i) => ({ keyGroup: first + i, bytes: each }))
              .filter(({ keyGroup }) => present[keyGroup]),
          },
          operator: [{ name: 'list', redistribution: 'split' as const, elements }],
        },
        b: { keyed: undefined, operator: [] },
      },
      splits: { file: { at: position, parts: [null, true, 'x'] } },
      finished: false,
    }));
}

/** What both subtasks hold. */
export const jobState: fc.Arbitrary<SubtaskState[]> = fc
  .tuple(subtaskState(0), subtaskState(1))
  .map((states) => [...states]);

/** A manifest of job `test` over these subtasks. */
export function testManifest(checkpoint: number, subtasks: readonly SubtaskHandles[]): Manifest {
  return {
    version: 1,
    kind: 'checkpoint',
    checkpoint,
    job: 'test',
    graphFingerprint: 'f',
    triggeredAtMs: 1000 + checkpoint,
    completedAtMs: 2000 + checkpoint,
    operators: ['a', 'b'].map((uid) => ({
      uid,
      name: `operator ${uid}`,
      parallelism: 2,
      maxParallelism: GROUPS,
    })),
    subtasks,
  };
}

/** Writes both states as those of a checkpoint. */
export async function writeStates(
  store: CheckpointStore,
  checkpoint: number,
  states: readonly SubtaskState[],
): Promise<SubtaskHandles[]> {
  const handles: SubtaskHandles[] = [];
  for (const [index, state] of states.entries()) {
    const identity = { checkpoint, subtask: index, head: 'a', index, parallelism: states.length };
    handles.push((await writeSubtaskState(store, identity, state)).handles);
  }
  return handles;
}

/** What lies behind handles, in one form whatever files it is in: keyed bytes by group, elements, positions. */
export async function readBack(
  store: CheckpointStore,
  subtasks: readonly SubtaskHandles[],
): Promise<unknown> {
  const all: unknown[] = [];
  for (const { operators, splits } of subtasks) {
    for (const [uid, handles] of Object.entries(operators)) {
      const { keyed, operator } = await readOperatorState(store, handles, [0, GROUPS]);
      const groups = keyed.flatMap((each) => each.groups.map((group) => ({ ...group })));
      groups.sort((a, b) => a.keyGroup - b.keyGroup);
      all.push({ uid, groups, operator });
    }
    all.push(splits);
  }
  return all;
}

/** {@link readBack} of what was to be written. */
export function asReadBack(states: readonly SubtaskState[]): unknown {
  return states.flatMap(({ operators, splits }) => [
    ...Object.entries(operators).map(([uid, { keyed, operator }]) => ({
      uid,
      groups: keyed?.groups ?? [],
      operator,
    })),
    splits,
  ]);
}

/** A section of nothing, for manifests whose files nobody reads. */
export function sectionIn(file: string): Section {
  return { file, offset: 8, bytes: 0, indexBytes: 0, pieces: 0, checksum: 0 };
}

/** A report of nothing. */
export function reportOf(subtask: number): SubtaskReport {
  return {
    subtask,
    handles: {
      head: `h${subtask}`,
      index: 0,
      parallelism: 1,
      finished: false,
      splits: undefined,
      operators: {},
      inFlight: [],
    },
    bytes: 0,
    alignmentMs: 0,
    syncMs: 0,
    asyncMs: 0,
    unaligned: false,
  };
}
