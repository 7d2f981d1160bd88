/**
 * Slot sharing and the spreading of slots over workers, as Apache Flink does it: subtask i of every chain of a
 * slot-sharing group goes to slot i of the group, so a slot holds a slice of the whole pipeline and forward edges stay
 * on one thread.
 *
 * Laws: every subtask is in exactly one slot; two subtasks of one chain never share a slot; a slot is never split
 * over workers; the result depends on the input alone, ties go to the lower index.
 *
 * Algorithm: longest processing time first (Graham, 1969) onto the least loaded worker that can hold the slot; if
 * some slot then finds no room, best fit decreasing instead, which packs quotas tighter.
 */

import type { SubtaskId } from '../base/index.ts';
import type { SubtaskDemand } from './demand.ts';

/** Subtasks that live on one worker. */
export interface Slot {
  readonly index: number;
  readonly group: string;
  /** Subtask index of its members. */
  readonly position: number;
  /** The worker it is pinned to. */
  readonly worker: number | undefined;
  readonly subtasks: readonly SubtaskId[];
  /** Sum of CPU quotas, milli-cores. */
  readonly cpu: number;
  /** Members without a CPU quota. */
  readonly bestEffort: number;
  /** Sum of heap quotas. */
  readonly heapBytes: number;
}

/** Room on one worker. */
export interface WorkerRoom {
  readonly cpuFree: number;
  readonly heapFree: number;
  /** Load it has already: quotas plus an estimate for best-effort subtasks, milli-cores. */
  readonly load: number;
}

/** Where each slot goes, or the first that fits nowhere. */
export type SlotAssignment =
  | { readonly fits: true; readonly workers: readonly number[] }
  | { readonly fits: false; readonly slot: Slot; readonly room: readonly WorkerRoom[] };

/** Groups subtasks into slots; those pinned to a worker form slots of their own. */
export function makeSlots(demands: readonly SubtaskDemand[]): readonly Slot[] {
  const slots = new Map<
    string,
    { -readonly [K in keyof Slot]: Slot[K] } & { subtasks: SubtaskId[] }
  >();
  for (const { chain, subtask, worker, cpu, heap } of demands) {
    const key = JSON.stringify([chain.slotSharingGroup, subtask.index, worker ?? -1]);
    let slot = slots.get(key);
    if (slot === undefined) {
      slot = {
        index: slots.size,
        group: chain.slotSharingGroup,
        position: subtask.index,
        worker,
        subtasks: [],
        cpu: 0,
        bestEffort: 0,
        heapBytes: 0,
      };
      slots.set(key, slot);
    }
    slot.subtasks.push(subtask.id);
    slot.cpu += cpu ?? 0;
    slot.bestEffort += cpu === undefined ? 1 : 0;
    slot.heapBytes += heap ?? 0;
  }
  return [...slots.values()];
}

/**
 * Spreads slots over workers.
 *
 * @param estimate milli-cores a best-effort subtask is taken to need, for balance only; ≥ 1
 */
export function assignSlots(
  slots: readonly Slot[],
  room: readonly WorkerRoom[],
  estimate: number,
): SlotAssignment {
  const spread = assign(slots, room, estimate, leastLoaded);
  if (spread.fits) return spread;
  const packed = assign(slots, room, estimate, tightest);
  return packed.fits ? packed : spread;
}

type Better = (a: WorkerRoom, b: WorkerRoom) => boolean;

const leastLoaded: Better = (a, b) => a.load < b.load;
const tightest: Better = (a, b) =>
  a.cpuFree < b.cpuFree || (a.cpuFree === b.cpuFree && a.heapFree < b.heapFree);

function assign(
  slots: readonly Slot[],
  start: readonly WorkerRoom[],
  estimate: number,
  better: Better,
): SlotAssignment {
  const room = [...start];
  const workers = slots.map(() => -1);
  const load = (slot: Slot): number => slot.cpu + slot.bestEffort * estimate;
  // Pinned slots have no choice, so they go first; among the others the largest have the least choice.
  const order = slots.toSorted(
    (a, b) =>
      Number(a.worker === undefined) - Number(b.worker === undefined) ||
      load(b) - load(a) ||
      b.heapBytes - a.heapBytes ||
      a.index - b.index,
  );
  for (const slot of order) {
    let best = -1;
    for (const [worker, free] of room.entries()) {
      if (slot.worker !== undefined && slot.worker !== worker) continue;
      if (slot.cpu > free.cpuFree || slot.heapBytes > free.heapFree) continue;
      if (best === -1 || better(free, room[best]!)) best = worker;
    }
    if (best === -1) return { fits: false, slot, room };
    const { cpuFree, heapFree, load: before } = room[best]!;
    room[best] = {
      cpuFree: cpuFree - slot.cpu,
      heapFree: heapFree - slot.heapBytes,
      load: before + load(slot),
    };
    workers[slot.index] = best;
  }
  return { fits: true, workers };
}
