/**
 * What subtasks hold at a barrier, as this room sees it: plain data whose shapes are those of the snapshots of keyed backends,
 * operators and subtasks (test/checkpoint/snapshot-files.test.ts assigns one to the other).
 */

import type { RecordDescriptor } from '../record/index.ts';

/** JSON. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** How the values of one state are written. */
export interface StatePart {
  readonly name: string;
  /** `value`, `list`, `map`, `timers`, … */
  readonly kind: string;
  /** Record types of what is kept, by role, as descriptors. */
  readonly types: Readonly<Record<string, unknown>>;
  readonly stamps?: boolean;
  /** Where the clock stood that all keys share. */
  readonly clock?: number;
}

/** How keys are written. */
export interface StateKey {
  readonly type: RecordDescriptor;
  readonly generic: boolean;
}

/** How the bytes of key groups are to be read. */
export interface KeyedLayout {
  /** 1: all of a key group. 2: what changed of it since the handles before. */
  readonly version: 1 | 2;
  readonly key: StateKey;
  readonly parts: readonly StatePart[];
}

/** Keyed state by key group, ascending; groups without keys are missing. */
export interface KeyedState extends KeyedLayout {
  /** Of a state to be written: key groups of which only what changed is, behind handles of earlier checkpoints. */
  readonly changes?: readonly { readonly keyGroup: number; readonly bytes: Uint8Array }[];
  readonly groups: readonly { readonly keyGroup: number; readonly bytes: Uint8Array }[];
}

/** How elements are dealt out when the parallelism changes. */
export type Sharing = 'split' | 'union' | 'broadcast';

/** State of an instance that belongs to no key. */
export interface ElementState {
  readonly name: string;
  readonly redistribution: Sharing;
  readonly elements: readonly Uint8Array[];
}

/** What one instance of an operator holds. */
export interface OperatorState {
  readonly keyed: KeyedState | undefined;
  readonly operator: readonly ElementState[];
}

/** What one subtask holds. */
export interface SubtaskState {
  /** By uid; operators that hold nothing are missing. */
  readonly operators: Readonly<Record<string, OperatorState>>;
  /** Positions of a source, by split. */
  readonly splits: Readonly<Record<string, Json>> | undefined;
  readonly finished: boolean;
}
