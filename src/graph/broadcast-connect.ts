/** A stream connected with a broadcast one; what the calls mean is said in broadcast-streams.ts. */

import { broadcastProcessTransformation } from '../operators/index.ts';
import type { MapStateDescriptor, ProcessOptions, Provided } from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import type { BroadcastStream } from './broadcast-streams.ts';
import type { Position } from './draft.ts';
import { checkDescriptors, processCall } from './process-call.ts';
import { addOperator } from './scope.ts';
import type { Scope } from './scope.ts';
import type { OperatorStream } from './streams.ts';

/** A broadcast stream, with where it stands. */
export class BroadcastRows<B> implements BroadcastStream<B> {
  readonly kind = 'broadcast';
  readonly descriptors: readonly MapStateDescriptor[];
  /** Rows go to all subtasks from here. */
  readonly broadcastPositions: readonly Position[];

  /** @throws ERR_GRAPH_ARGUMENT a descriptor is not one of a map state */
  constructor(positions: readonly Position[], descriptors: readonly MapStateDescriptor[]) {
    checkDescriptors(descriptors, 'broadcast', 'map');
    this.broadcastPositions = positions;
    this.descriptors = descriptors;
  }
}

/** Where the two streams stand; keyed if the first one is. */
export class BroadcastPair {
  readonly #scope: Scope;
  readonly #first: readonly Position[];
  readonly #broadcast: BroadcastRows<unknown>;

  constructor(scope: Scope, first: readonly Position[], broadcast: BroadcastRows<unknown>) {
    this.#scope = scope;
    this.#first = first;
    this.#broadcast = broadcast;
  }

  process<U>(
    fn: Provided<object>,
    typeOrOptions?: RecordType<U> | ProcessOptions,
    options?: ProcessOptions,
  ): OperatorStream<U> {
    const keyed = this.#first.every((position) => position.key !== undefined);
    const methods = ['processElement', 'processBroadcastElement'];
    const { transformation, type } = processCall<U>(
      { keyed, provided: fn, methods, typeOrOptions, options },
      (checked) =>
        broadcastProcessTransformation(this.#broadcast.descriptors, fn as never, {
          ...checked,
          keyed,
        }),
    );
    const inputs = [
      { positions: this.#first, input: 0 as const },
      { positions: this.#broadcast.broadcastPositions, input: 1 as const },
    ];
    return addOperator<U>(this.#scope, transformation, inputs, { type });
  }
}
