/** The keyed stream; what its calls mean is said in streams.ts. */

import { EngineError } from '../base/index.ts';
import {
  processTransformation,
  reduceTransformation,
  rollingAggregateTransformation,
} from '../operators/index.ts';
import type {
  AggregateSpec,
  ProcessFunction,
  ProcessOptions,
  Provided,
  WindowAssigner,
} from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import { BroadcastPair, BroadcastRows } from './broadcast-connect.ts';
import type { BroadcastStream, KeyedBroadcastConnectedStream } from './broadcast-streams.ts';
import { aggregateCall, deduplicateCall, topNCall } from './changelog-calls.ts';
import type { ChangelogCall } from './changelog-calls.ts';
import type {
  ContinuousAggregateOptions,
  DeduplicateOptions,
  Ranked,
  RankingOptions,
} from './changelog-options.ts';
import { checkAggregateField } from './fields.ts';
import type { IntervalJoin, Joined, KeyedJoinOptions } from './join-builders.ts';
import { intervalJoin, keyedInputs, regularJoin, temporalJoin } from './keyed-joins.ts';
import type { JoinInputs } from './joined-streams.ts';
import { addAggregate } from './local-fold.ts';
import { processCall } from './process-call.ts';
import type { ComparableField, Row, SummableField } from './row.ts';
import { checkFunction, positionsOf } from './scope.ts';
import { callSite, placeOf } from './source-location.ts';
import type { ConnectedStreams, KeyedStream, OperatorStream } from './streams.ts';
import { TransformableStream } from './transformable.ts';
import { countWindowsOf, windowsOf } from './windowed-stream.ts';
import type { WindowedStream } from './windowed-streams.ts';

/** Rows spread by key; its positions carry the key selector. */
export class RowsByKey<T, K> extends TransformableStream<T> implements KeyedStream<T, K> {
  reduce(fn: (folded: Row<T>, row: Row<T>) => T): OperatorStream<T> {
    checkFunction(fn, 'reduce');
    return this.follow<T>(reduceTransformation(fn), { type: this.type });
  }

  aggregate(
    aggregates: AggregateSpec,
    options: ContinuousAggregateOptions = {},
  ): OperatorStream<never> {
    const key = this.positions[0]?.key;
    const fields = key?.kind === 'fields' ? key.fields : undefined;
    const call = aggregateCall(this.positions, fields, aggregates, options);
    return addAggregate<never>(this.scope, this.positions, call);
  }

  deduplicate(options: DeduplicateOptions = {}): OperatorStream<T> {
    return this.#changelog<T>(deduplicateCall(this.positions, options));
  }

  topN<const R extends boolean | string = false>(
    n: number,
    options: RankingOptions<T, R>,
  ): OperatorStream<Ranked<T, R>> {
    return this.#changelog<Ranked<T, R>>(topNCall(this.positions, n, options));
  }

  sum(field: SummableField<T>): OperatorStream<T> {
    return this.#aggregate('sum', field);
  }

  min(field: ComparableField<T>): OperatorStream<T> {
    return this.#aggregate('min', field);
  }

  max(field: ComparableField<T>): OperatorStream<T> {
    return this.#aggregate('max', field);
  }

  minBy(field: ComparableField<T>): OperatorStream<T> {
    return this.#aggregate('minBy', field);
  }

  maxBy(field: ComparableField<T>): OperatorStream<T> {
    return this.#aggregate('maxBy', field);
  }

  process<U>(
    fn: Provided<ProcessFunction<Row<T>, U, K>>,
    typeOrOptions?: RecordType<U> | ProcessOptions,
    options?: ProcessOptions,
  ): OperatorStream<U> {
    const { transformation, type } = processCall<U>(
      { keyed: true, provided: fn, methods: ['processElement'], typeOrOptions, options },
      (checked) => processTransformation(fn, checked),
    );
    return this.follow<U>(transformation, { type });
  }

  connect<U>(other: BroadcastStream<U>): KeyedBroadcastConnectedStream<T, U, K>;
  connect<U>(other: KeyedStream<U, K>): ConnectedStreams<T, U, K>;
  connect<U>(
    other: KeyedStream<U, K> | BroadcastStream<U>,
  ): ConnectedStreams<T, U, K> | KeyedBroadcastConnectedStream<T, U, K> {
    if (other instanceof BroadcastRows) return new BroadcastPair(this.scope, this.positions, other);
    const second = positionsOf(other, 'connect');
    if (second.some((position) => position.key === undefined)) {
      throw new EngineError('ERR_GRAPH_CONNECT_KEYED', {}, { place: placeOf(callSite()) });
    }
    return this.scope.make.connectedStreams<T, U, K>(this.scope, this.positions, second);
  }

  intervalJoin<U>(other: KeyedStream<U, K>): IntervalJoin<T, U> {
    return intervalJoin<T, U>(this.#with(other, 'intervalJoin'));
  }

  join<U>(other: KeyedStream<U, K>, options?: KeyedJoinOptions<T, U>): Joined<T, U> {
    return regularJoin(this.#with(other, 'join'), 'inner', options);
  }

  leftJoin<U>(other: KeyedStream<U, K>, options?: KeyedJoinOptions<T, U>): Joined<T, U, 'left'> {
    return regularJoin(this.#with(other, 'leftJoin'), 'left', options);
  }

  rightJoin<U>(other: KeyedStream<U, K>, options?: KeyedJoinOptions<T, U>): Joined<T, U, 'right'> {
    return regularJoin(this.#with(other, 'rightJoin'), 'right', options);
  }

  fullJoin<U>(other: KeyedStream<U, K>, options?: KeyedJoinOptions<T, U>): Joined<T, U, 'full'> {
    return regularJoin(this.#with(other, 'fullJoin'), 'full', options);
  }

  temporalJoin<U>(versions: KeyedStream<U, K>): Joined<T, U> {
    return temporalJoin(this.#with(versions, 'temporalJoin'), 'inner');
  }

  leftTemporalJoin<U>(versions: KeyedStream<U, K>): Joined<T, U, 'left'> {
    return temporalJoin(this.#with(versions, 'leftTemporalJoin'), 'left');
  }

  window(assigner: WindowAssigner): WindowedStream<T, K> {
    return windowsOf<T, K>(this.scope, this.positions, assigner, true);
  }

  countWindow(size: number, slide?: number): WindowedStream<T, K> {
    return countWindowsOf<T, K>(this.scope, this.positions, { size, slide }, true);
  }

  #with(other: unknown, call: string): JoinInputs {
    return keyedInputs(this.scope, call, this.positions, other);
  }

  #changelog<U>({ transformation, type }: ChangelogCall): OperatorStream<U> {
    return this.follow<U>(transformation, { type });
  }

  #aggregate(kind: 'sum' | 'min' | 'max' | 'minBy' | 'maxBy', field: string): OperatorStream<T> {
    checkAggregateField(this.type, field, kind);
    const transformation = rollingAggregateTransformation(kind, field);
    return this.follow<T>(transformation, { type: this.type });
  }
}
