/** What can be said of an upgrade from descriptions alone: operators by uid, states by name, fields of record types. Pure. */

import { toEngineError } from '../base/index.ts';
import type { EngineError } from '../base/index.ts';
import { checkRestore, holdingUids } from '../checkpoint/index.ts';
import type { Manifest, ManifestJob } from '../checkpoint/index.ts';
import { checkEvolution } from '../record/index.ts';
import type { EvolutionNote, RecordDescriptor } from '../record/index.ts';
import type { PartDescriptor } from '../state/index.ts';

/** What becomes of one state of an operator. */
export interface StateUpgrade {
  readonly name: string;
  /** Kind that it has in the savepoint; of one that is new, the kind it will have. */
  readonly kind: string;
  /**
   * `restored`: as it was. `evolved`: read as another version of its record type. `new`: nothing is restored. `unclaimed`:
   * nobody declares it; it is kept until somebody does, or is an error, as the operator has it. `incompatible`: see the
   * problems of the operator.
   */
  readonly fate: 'restored' | 'evolved' | 'new' | 'unclaimed' | 'incompatible';
  /** Field by field, what is allowed and worth to know. */
  readonly notes: readonly EvolutionNote[];
}

/** What becomes of one operator. */
export interface OperatorUpgrade {
  readonly uid: string;
  readonly name: string;
  /**
   * `restored`: it takes its state back. `stateless`: it held nothing. `new`: the savepoint does not know it. `dropped`: the job
   * has it no more, and its state is left out.
   */
  readonly fate: 'restored' | 'stateless' | 'new' | 'dropped';
  /** Number of subtasks that there were, and that there will be; undefined on the side that does not have it. */
  readonly parallelism: { readonly before: number | undefined; readonly after: number | undefined };
  readonly states: readonly StateUpgrade[];
}

/** A reason why the job cannot go on from there. */
export interface UpgradeProblem {
  /** Uid of the operator; undefined when it is the whole job. */
  readonly uid: string | undefined;
  /** What the restore would throw. */
  readonly error: EngineError;
}

/** Whether a changed job can go on from a checkpoint, and why. */
export interface UpgradeReport {
  readonly job: string;
  /** Absolute. */
  readonly folder: string;
  readonly checkpoint: number;
  /** Whether the restore would succeed. */
  readonly compatible: boolean;
  readonly operators: readonly OperatorUpgrade[];
  readonly problems: readonly UpgradeProblem[];
}

/** Descriptions of what an operator of the changed job keeps by key, by uid; operators that keep nothing are missing. */
export type DeclaredParts = ReadonlyMap<string, readonly PartDescriptor[]>;

/** The operators of both sides, those of the job first. */
export function operatorUpgrades(
  job: ManifestJob,
  manifest: Manifest,
  declared: DeclaredParts,
): readonly OperatorUpgrade[] {
  const held = holdingUids(manifest);
  const known = new Map(manifest.operators.map((operator) => [operator.uid, operator]));
  const present = job.operators.map(({ uid, name, parallelism }): OperatorUpgrade => {
    const before = known.get(uid);
    const fate = before === undefined ? 'new' : held.has(uid) ? 'restored' : 'stateless';
    const states = stateUpgrades(partsOf(manifest, uid), declared.get(uid) ?? [], fate);
    return {
      uid,
      name,
      fate,
      parallelism: { before: before?.parallelism, after: parallelism },
      states,
    };
  });
  const uids = new Set(job.operators.map(({ uid }) => uid));
  const gone = manifest.operators
    .filter(({ uid }) => !uids.has(uid) && held.has(uid))
    .map(({ uid, name, parallelism }): OperatorUpgrade => {
      const before = { before: parallelism, after: undefined };
      return { uid, name, fate: 'dropped', parallelism: before, states: [] };
    });
  return [...present, ...gone];
}

/** What the restore says of each operator of the savepoint, not only of the first that is wrong. */
export function operatorProblems(
  job: ManifestJob,
  manifest: Manifest,
  allowDropped: boolean,
): readonly UpgradeProblem[] {
  return manifest.operators.flatMap((operator): UpgradeProblem[] => {
    try {
      checkRestore(job, { ...manifest, operators: [operator] }, allowDropped);
      return [];
    } catch (thrown) {
      return [{ uid: operator.uid, error: toEngineError(thrown) }];
    }
  });
}

function stateUpgrades(
  before: readonly PartDescriptor[],
  after: readonly PartDescriptor[],
  fate: OperatorUpgrade['fate'],
): readonly StateUpgrade[] {
  const now = new Map(after.map((part) => [part.name, part]));
  const was = new Set(before.map(({ name }) => name));
  const kept = before.map((part): StateUpgrade => {
    const { name, kind } = part;
    const present = now.get(name);
    if (present === undefined) return { name, kind, fate: 'unclaimed', notes: [] };
    return { name, kind, ...stateFate(part, present) };
  });
  const begun = fate === 'restored' ? after.filter(({ name }) => !was.has(name)) : [];
  return [
    ...kept,
    ...begun.map(({ name, kind }): StateUpgrade => ({ name, kind, fate: 'new', notes: [] })),
  ];
}

function stateFate(
  before: PartDescriptor,
  after: PartDescriptor,
): Pick<StateUpgrade, 'fate' | 'notes'> {
  if (before.kind !== after.kind) return { fate: 'incompatible', notes: [] };
  const written = before.types['row'] as RecordDescriptor | undefined;
  const read = after.types['row'] as RecordDescriptor | undefined;
  if (written === undefined || read === undefined) {
    return { fate: written === read ? 'restored' : 'incompatible', notes: [] };
  }
  if (JSON.stringify(written) === JSON.stringify(read)) return { fate: 'restored', notes: [] };
  const { compatible, notes } = checkEvolution(written, read);
  return { fate: compatible ? 'evolved' : 'incompatible', notes };
}

/** Descriptions of what subtasks wrote of an operator, by name. */
function partsOf({ subtasks }: Manifest, uid: string): readonly PartDescriptor[] {
  const parts = subtasks.flatMap(({ operators }) =>
    (operators[uid]?.keyed ?? []).flatMap(({ layout }) => layout.parts),
  );
  return [...new Map(parts.map((part) => [part.name, part])).values()];
}
