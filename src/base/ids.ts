/** Branded ids: numbers at run time, different types to the compiler, made nowhere but here. */

declare const brand: unique symbol;
/** A `Base` that may not be mixed with another brand of the same base. */
export type Brand<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Index of a chain in the physical plan. */
export type ChainId = Brand<number, 'ChainId'>;
/** Index of an edge (all channels between two chains) in the physical plan. */
export type EdgeId = Brand<number, 'EdgeId'>;
/** Index of a subtask (one parallel instance of a chain) in the physical plan. */
export type SubtaskId = Brand<number, 'SubtaskId'>;
/** Index of a channel (one producer subtask to one consumer subtask) in the physical plan. */
export type ChannelId = Brand<number, 'ChannelId'>;
/** Index of a worker thread in the pool. */
export type WorkerId = Brand<number, 'WorkerId'>;
/** A key group: 0 .. maxParallelism - 1. */
export type KeyGroup = Brand<number, 'KeyGroup'>;
/** Index of an operator node in the logical graph. */
export type NodeId = Brand<number, 'NodeId'>;

export const chainId = (index: number): ChainId => index as ChainId;
export const edgeId = (index: number): EdgeId => index as EdgeId;
export const subtaskId = (index: number): SubtaskId => index as SubtaskId;
export const channelId = (index: number): ChannelId => index as ChannelId;
export const workerId = (index: number): WorkerId => index as WorkerId;
export const keyGroup = (index: number): KeyGroup => index as KeyGroup;
export const nodeId = (index: number): NodeId => index as NodeId;
