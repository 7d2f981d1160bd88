/** What a complete checkpoint is: whose state, of which job, and where each piece of it lies. Plain data. */

import type { Section } from './chunk-layout.ts';
import type { Json, KeyedLayout, Sharing } from './state-shapes.ts';

export const MANIFEST_VERSION = 1;

/** Key groups from the first to, not including, the second. */
export type KeyGroups = readonly [first: number, end: number];

/** Keyed state of one operator instance, or a part of it. */
export interface KeyedHandle {
  readonly layout: KeyedLayout;
  /** The key groups of the section that count, ascending and apart; pieces of the section are by key group. */
  readonly keyGroups: readonly KeyGroups[];
  /** May lie in a file of an earlier checkpoint. */
  readonly section: Section;
}

/** One state of an operator instance that belongs to no key; pieces are its elements. */
export interface ElementHandle {
  readonly name: string;
  readonly redistribution: Sharing;
  readonly section: Section;
}

/** Whose rows on their way are whose. */
export interface InFlightChannel {
  /** Uid of the operator that they come from, its side output or '', its subtask, and how many of those there were. */
  readonly from: string;
  readonly sideOutput: string;
  readonly producer: number;
  readonly producers: number;
  /** Uid of the operator that they go to, its input, its subtask, and how many of those there were. */
  readonly to: string;
  readonly input: 0 | 1;
  readonly consumer: number;
  readonly consumers: number;
  /** Which it is of several edges between the two. */
  readonly edge: number;
  /** Fingerprint of the type of its rows, and whether they have timestamps. */
  readonly layout: string;
  readonly timestamps: boolean;
}

/**
 * Rows that a barrier overtook on a channel; pieces are frames in their order. What the consumer held comes before what the
 * producer held.
 */
export interface InFlightHandle extends InFlightChannel {
  readonly section: Section;
}

/** State of one operator in one subtask. */
export interface OperatorHandles {
  readonly keyed: readonly KeyedHandle[];
  readonly operator: readonly ElementHandle[];
}

/** State of one subtask. */
export interface SubtaskHandles {
  /** Uid of the head of its chain, 0 .. parallelism - 1, and how many there were. */
  readonly head: string;
  readonly index: number;
  readonly parallelism: number;
  /** It had emitted all it ever will. */
  readonly finished: boolean;
  /** Positions of a source, by split. */
  readonly splits: Readonly<Record<string, Json>> | undefined;
  /** By uid; operators that hold nothing are missing. */
  readonly operators: Readonly<Record<string, OperatorHandles>>;
  readonly inFlight: readonly InFlightHandle[];
}

/** One operator of the job, with state or without. */
export interface ManifestOperator {
  readonly uid: string;
  readonly name: string;
  readonly parallelism: number;
  /** Number of key groups. */
  readonly maxParallelism: number;
}

/** A complete checkpoint. */
export interface Manifest {
  readonly version: typeof MANIFEST_VERSION;
  readonly kind: 'checkpoint' | 'savepoint';
  readonly checkpoint: number;
  readonly job: string;
  readonly graphFingerprint: string;
  /** ms since the epoch. */
  readonly triggeredAtMs: number;
  readonly completedAtMs: number;
  readonly operators: readonly ManifestOperator[];
  readonly subtasks: readonly SubtaskHandles[];
}

/** All sections that a subtask's state lies in. */
export function sectionsOf({ operators, inFlight }: SubtaskHandles): Section[] {
  const held = Object.values(operators).flatMap(({ keyed, operator }) => [...keyed, ...operator]);
  return [...held, ...inFlight].map(({ section }) => section);
}

/** The files that a manifest refers to, each once. */
export function filesOf({ subtasks }: Pick<Manifest, 'subtasks'>): ReadonlySet<string> {
  return new Set(subtasks.flatMap(sectionsOf).map(({ file }) => file));
}
