/** The plain stream; what its calls mean is said in streams.ts. */

import { EngineError } from '../base/index.ts';
import {
  processTransformation,
  reduceTransformation,
  timestampsTransformation,
} from '../operators/index.ts';
import type {
  AggregateSpec,
  MapStateDescriptor,
  ProcessFunction,
  ProcessOptions,
  Provided,
  WindowAssigner,
} from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import { BroadcastPair, BroadcastRows } from './broadcast-connect.ts';
import type { BroadcastConnectedStream, BroadcastStream } from './broadcast-streams.ts';
import { aggregateCall } from './changelog-calls.ts';
import { addAggregate } from './local-fold.ts';
import type { ContinuousAggregateOptions } from './changelog-options.ts';
import type { Partitioning, Position } from './draft.ts';
import { describeType } from './fields.ts';
import type { CoGroupWhere, JoinWhere } from './join-builders.ts';
import { keyed, keySelector } from './key-selector.ts';
import type { PartitionerKind } from './logical-graph.ts';
import { processCall } from './process-call.ts';
import type { Row } from './row.ts';
import { argumentError, checkFunction, positionsOf } from './scope.ts';
import { callSite, placeOf } from './source-location.ts';
import { splitTransformation } from './split.ts';
import type { ConnectedStreams, KeyedStream, OperatorStream, Stream } from './streams.ts';
import { TransformableStream } from './transformable.ts';
import { checkTimestampsKnown, checkWatermarkStrategy } from './watermark-strategy.ts';
import type { WatermarkStrategy } from './watermark-strategy.ts';
import { coGroup, windowJoin } from './window-joins.ts';
import { countWindowsOf, windowsOf } from './windowed-stream.ts';
import type { WindowedStream } from './windowed-streams.ts';

/** A stream at any place of the job. */
export class PlainStream<T> extends TransformableStream<T> implements Stream<T> {
  keyBy<K>(...selector: readonly unknown[]): KeyedStream<T, K> {
    const key = keySelector(selector, this.type);
    return this.scope.make.keyedStream<T, K>(this.scope, keyed(this.positions, key));
  }

  reduce(fn: (folded: Row<T>, row: Row<T>) => T): OperatorStream<T> {
    checkFunction(fn, 'reduce');
    const options = { type: this.type, maxSubtasks: 1 };
    return this.follow<T>(reduceTransformation(fn), options);
  }

  aggregate(
    aggregates: AggregateSpec,
    options: ContinuousAggregateOptions = {},
  ): OperatorStream<never> {
    const call = aggregateCall(this.positions, [], aggregates, options);
    return addAggregate<never>(this.scope, this.positions, call, { maxSubtasks: 1 });
  }

  process<U>(
    fn: Provided<ProcessFunction<Row<T>, U>>,
    typeOrOptions?: RecordType<U> | ProcessOptions,
    options?: ProcessOptions,
  ): OperatorStream<U> {
    const { transformation, type } = processCall<U>(
      { keyed: false, provided: fn, methods: ['processElement'], typeOrOptions, options },
      (checked) => processTransformation(fn, checked),
    );
    return this.follow<U>(transformation, { type });
  }

  union(...others: readonly Stream<T>[]): Stream<T> {
    const positions = [
      ...this.positions,
      ...others.flatMap((other) => positionsOf(other, 'union')),
    ];
    for (const { type } of positions) {
      if (type?.fingerprint === this.type?.fingerprint) continue;
      throw new EngineError(
        'ERR_GRAPH_UNION_TYPES',
        { first: describeType(this.type), second: describeType(type) },
        { place: placeOf(callSite()) },
      );
    }
    return this.scope.make.stream<T>(this.scope, positions);
  }

  connect<U>(other: BroadcastStream<U>): BroadcastConnectedStream<T, U>;
  connect<U>(other: Stream<U>): ConnectedStreams<T, U>;
  connect<U>(
    other: Stream<U> | BroadcastStream<U>,
  ): ConnectedStreams<T, U> | BroadcastConnectedStream<T, U> {
    if (other instanceof BroadcastRows) return new BroadcastPair(this.scope, this.positions, other);
    const second = positionsOf(other, 'connect');
    return this.scope.make.connectedStreams<T, U, undefined>(this.scope, this.positions, second);
  }

  join<U>(other: Stream<U>): JoinWhere<T, U, 'inner'> {
    return windowJoin(this.scope, 'join', this.positions, other, 'inner');
  }

  leftJoin<U>(other: Stream<U>): JoinWhere<T, U, 'left'> {
    return windowJoin(this.scope, 'leftJoin', this.positions, other, 'left');
  }

  rightJoin<U>(other: Stream<U>): JoinWhere<T, U, 'right'> {
    return windowJoin(this.scope, 'rightJoin', this.positions, other, 'right');
  }

  fullJoin<U>(other: Stream<U>): JoinWhere<T, U, 'full'> {
    return windowJoin(this.scope, 'fullJoin', this.positions, other, 'full');
  }

  coGroup<U>(other: Stream<U>): CoGroupWhere<T, U> {
    return coGroup(this.scope, this.positions, other);
  }

  split<const Tag extends string>(
    tags: readonly Tag[],
    choose: (row: Row<T>) => Tag,
  ): Readonly<Record<Tag, Stream<T>>> {
    checkFunction(choose, 'split');
    if (tags.length === 0 || new Set(tags).size < tags.length) {
      throw argumentError('split', 'one or more different tags', [...tags]);
    }
    const options = { type: this.type };
    const branches = this.follow<T>(splitTransformation(tags, choose), options);
    const streams = tags.map((tag) => [tag, branches.getSideOutput(tag, this.type as never)]);
    return Object.fromEntries(streams) as Readonly<Record<Tag, Stream<T>>>;
  }

  assignTimestamps(strategy: WatermarkStrategy<NoInfer<T>>): OperatorStream<T> {
    checkWatermarkStrategy(strategy, 'assignTimestamps');
    const own = this.positions.every(({ timestamps }) => timestamps);
    checkTimestampsKnown(strategy, own, 'assignTimestamps');
    const options = { type: this.type, timestamps: true };
    return this.follow<T>(timestampsTransformation(strategy), options);
  }

  windowAll(assigner: WindowAssigner): WindowedStream<T, undefined> {
    return windowsOf<T, undefined>(this.scope, this.positions, assigner, false);
  }

  countWindowAll(size: number, slide?: number): WindowedStream<T, undefined> {
    return countWindowsOf<T, undefined>(this.scope, this.positions, { size, slide }, false);
  }

  forward(): Stream<T> {
    return this.#partition('forward');
  }

  rebalance(): Stream<T> {
    return this.#partition('rebalance');
  }

  rescale(): Stream<T> {
    return this.#partition('rescale');
  }

  shuffle(): Stream<T> {
    return this.#partition('shuffle');
  }

  broadcast(): Stream<T>;
  broadcast(first: MapStateDescriptor, ...more: readonly MapStateDescriptor[]): BroadcastStream<T>;
  broadcast(...descriptors: readonly MapStateDescriptor[]): Stream<T> | BroadcastStream<T> {
    if (descriptors.length === 0) return this.#partition('broadcast');
    return new BroadcastRows<T>(this.#partitioned('broadcast'), descriptors);
  }

  global(): Stream<T> {
    return this.#partition('global');
  }

  partitionCustom(route: (row: Row<T>, parallelism: number) => number): Stream<T> {
    checkFunction(route, 'partitionCustom');
    return this.#partition('custom', route);
  }

  #partition(
    kind: PartitionerKind,
    route?: (row: Row<T>, parallelism: number) => number,
  ): Stream<T> {
    return this.scope.make.stream<T>(this.scope, this.#partitioned(kind, route));
  }

  #partitioned(
    kind: PartitionerKind,
    route?: (row: Row<T>, parallelism: number) => number,
  ): readonly Position[] {
    const partitioning: Partitioning = { kind, explicit: true, route, key: undefined };
    return this.positions.map((position) => ({ ...position, ...partitioning }));
  }
}
