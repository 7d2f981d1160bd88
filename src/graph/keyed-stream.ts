/** The keyed stream; what its calls mean is said in streams.ts. */

import { EngineError } from '../base/index.ts';
import {
  processTransformation,
  reduceTransformation,
  rollingAggregateTransformation,
} from '../operators/index.ts';
import type { ProcessFunction, Provided } from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import { checkAggregateField } from './fields.ts';
import type { ComparableField, Row, SummableField } from './row.ts';
import { checkFunction, positionsOf } from './scope.ts';
import { callSite, placeOf } from './source-location.ts';
import type { SourceLocation } from './source-location.ts';
import type { ConnectedStreams, KeyedStream, OperatorStream } from './streams.ts';
import { TransformableStream } from './transformable.ts';

/** Rows spread by key; its positions carry the key selector. */
export class RowsByKey<T, K> extends TransformableStream<T> implements KeyedStream<T, K> {
  reduce(fn: (folded: Row<T>, row: Row<T>) => T): OperatorStream<T> {
    const location = callSite();
    checkFunction(fn, 'reduce', location);
    return this.follow<T>(reduceTransformation(fn), this.#stateful(this.type), location);
  }

  sum(field: SummableField<T>): OperatorStream<T> {
    return this.#aggregate('sum', field, callSite());
  }

  min(field: ComparableField<T>): OperatorStream<T> {
    return this.#aggregate('min', field, callSite());
  }

  max(field: ComparableField<T>): OperatorStream<T> {
    return this.#aggregate('max', field, callSite());
  }

  minBy(field: ComparableField<T>): OperatorStream<T> {
    return this.#aggregate('minBy', field, callSite());
  }

  maxBy(field: ComparableField<T>): OperatorStream<T> {
    return this.#aggregate('maxBy', field, callSite());
  }

  process<U>(
    fn: Provided<ProcessFunction<Row<T>, U, K>>,
    type?: RecordType<U>,
  ): OperatorStream<U> {
    return this.follow<U>(processTransformation(fn), this.#stateful(type), callSite());
  }

  connect<U>(other: KeyedStream<U, K>): ConnectedStreams<T, U, K> {
    const location = callSite();
    const second = positionsOf(other, 'connect', location);
    if (second.some((position) => position.key === undefined)) {
      throw new EngineError('ERR_GRAPH_CONNECT_KEYED', {}, { place: placeOf(location) });
    }
    return this.scope.make.connectedStreams<T, U, K>(this.scope, this.positions, second);
  }

  #aggregate(
    kind: 'sum' | 'min' | 'max' | 'minBy' | 'maxBy',
    field: string,
    location: SourceLocation | undefined,
  ): OperatorStream<T> {
    checkAggregateField(this.type, field, kind, location);
    const transformation = rollingAggregateTransformation(kind, field);
    return this.follow<T>(transformation, this.#stateful(this.type), location);
  }

  #stateful(type: RecordType | undefined): { type: RecordType | undefined; stateful: true } {
    return { type, stateful: true };
  }
}
