/** Two streams as the inputs of one operator; what the calls mean is said in streams.ts. */

import {
  coFlatMapTransformation,
  coMapTransformation,
  coProcessTransformation,
} from '../operators/index.ts';
import type {
  CoProcessFunction,
  FlatMapFunction,
  ProcessOptions,
  Provided,
  Transformation,
} from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import type { Position } from './draft.ts';
import { keyed, keySelector } from './key-selector.ts';
import { processCall } from './process-call.ts';
import type { Row } from './row.ts';
import { addOperator, checkFunction } from './scope.ts';
import type { Scope } from './scope.ts';
import type { ConnectedStreams, OperatorStream } from './streams.ts';

/** Where the two streams stand. */
export class StreamPair<A, B, K> implements ConnectedStreams<A, B, K> {
  readonly #scope: Scope;
  readonly #first: readonly Position[];
  readonly #second: readonly Position[];

  constructor(scope: Scope, first: readonly Position[], second: readonly Position[]) {
    this.#scope = scope;
    this.#first = first;
    this.#second = second;
  }

  map<U>(
    first: (row: Row<A>) => U,
    second: (row: Row<B>) => U,
    type?: RecordType<U>,
  ): OperatorStream<U> {
    checkFunction(first, 'map');
    checkFunction(second, 'map');
    return this.#follow<U>(coMapTransformation(first, second), type);
  }

  flatMap<U>(
    first: FlatMapFunction<Row<A>, U>,
    second: FlatMapFunction<Row<B>, U>,
    type?: RecordType<U>,
  ): OperatorStream<U> {
    checkFunction(first, 'flatMap');
    checkFunction(second, 'flatMap');
    return this.#follow<U>(coFlatMapTransformation(first, second), type);
  }

  process<U>(
    fn: Provided<CoProcessFunction<Row<A>, Row<B>, U, K>>,
    typeOrOptions?: RecordType<U> | ProcessOptions,
    options?: ProcessOptions,
  ): OperatorStream<U> {
    const keyed = this.#first.every((position) => position.key !== undefined);
    const methods = ['processElement1', 'processElement2'];
    const { transformation, type } = processCall<U>(
      { keyed, provided: fn, methods, typeOrOptions, options },
      (checked) => coProcessTransformation(fn, checked),
    );
    return this.#follow<U>(transformation, type);
  }

  keyBy<L>(first: unknown, second: unknown): ConnectedStreams<A, B, L> {
    return this.#scope.make.connectedStreams<A, B, L>(
      this.#scope,
      keyed(this.#first, keySelector([first], this.#first[0]?.type)),
      keyed(this.#second, keySelector([second], this.#second[0]?.type)),
    );
  }

  #follow<U>(transformation: Transformation, type: RecordType | undefined): OperatorStream<U> {
    const inputs = [
      { positions: this.#first, input: 0 as const },
      { positions: this.#second, input: 1 as const },
    ];
    return addOperator<U>(this.#scope, transformation, inputs, { type });
  }
}
