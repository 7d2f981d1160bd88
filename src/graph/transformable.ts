/** Calls that plain and keyed streams share. */

import { print } from '../connectors/index.ts';
import type { Sink } from '../connectors/index.ts';
import {
  filterTransformation,
  flatMapTransformation,
  mapTransformation,
} from '../operators/index.ts';
import type { AsyncFunction, FlatMapFunction, Transformation } from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import type { Position } from './draft.ts';
import type { LookupJoined, LookupJoinOptions } from './join-builders.ts';
import { lookupJoin } from './lookup-join.ts';
import { mapAsyncTransformation } from './map-async.ts';
import type { MapAsyncOptions } from './map-async.ts';
import type { Row } from './row.ts';
import { addOperator, addSink, checkFunction } from './scope.ts';
import type { OperatorOptions, Scope } from './scope.ts';
import { selection } from './select.ts';
import type { SelectedFields, Selection } from './select.ts';
import type { OperatorStream, SinkHandle, Transformable } from './streams.ts';

/** Base of the streams: knows its scope and where in the graph it stands. */
export abstract class TransformableStream<T> implements Transformable<T> {
  /** Where in the graph it stands; read by `positionsOf`. */
  readonly positions: readonly Position[];
  protected readonly scope: Scope;

  constructor(scope: Scope, positions: readonly Position[]) {
    this.scope = scope;
    this.positions = positions;
  }

  map<U>(fn: (row: Row<T>) => U, type?: RecordType<U>): OperatorStream<U> {
    checkFunction(fn, 'map');
    return this.follow<U>(mapTransformation(fn), { type });
  }

  filter(fn: (row: Row<T>) => boolean): OperatorStream<T> {
    checkFunction(fn, 'filter');
    return this.follow<T>(filterTransformation(fn), { type: this.type });
  }

  flatMap<U>(fn: FlatMapFunction<Row<T>, U>, type?: RecordType<U>): OperatorStream<U> {
    checkFunction(fn, 'flatMap');
    return this.follow<U>(flatMapTransformation(fn), { type });
  }

  mapAsync<U>(
    fn: AsyncFunction<Row<T>, U>,
    options: MapAsyncOptions<Row<T>, U> = {},
    type?: RecordType<U>,
  ): OperatorStream<U> {
    return this.follow<U>(mapAsyncTransformation(fn, options), { type });
  }

  lookupJoin<B>(
    lookup: (row: never, signal: AbortSignal) => unknown,
    options: LookupJoinOptions<T, B> = {},
  ): LookupJoined<T, B> {
    const make = lookupJoin('lookupJoin', this.type, lookup, options, false);
    return { apply: (fn, type?: RecordType) => this.follow(make(fn), { type }) };
  }

  leftLookupJoin<B>(
    lookup: (row: never, signal: AbortSignal) => unknown,
    options: LookupJoinOptions<T, B> = {},
  ): LookupJoined<T, B, 'left'> {
    const make = lookupJoin('leftLookupJoin', this.type, lookup, options, true);
    return { apply: (fn, type?: RecordType) => this.follow(make(fn), { type }) };
  }

  select<const S extends Selection<T>>(
    name: string,
    fields: S,
  ): OperatorStream<SelectedFields<T, S>> {
    const { transformation, type } = selection(this.type, name, fields);
    return this.follow<SelectedFields<T, S>>(transformation, { type });
  }

  sinkTo(sink: Sink<T>): SinkHandle {
    return addSink(this.scope, sink, this.positions);
  }

  print(prefix?: string): SinkHandle {
    const sink = print(prefix === undefined ? {} : { prefix });
    return addSink(this.scope, sink, this.positions);
  }

  /** Record type of the rows. */
  protected get type(): RecordType | undefined {
    return this.positions[0]?.type;
  }

  /** Adds an operator behind this stream. */
  protected follow<U>(transformation: Transformation, options: OperatorOptions): OperatorStream<U> {
    const inputs = [{ positions: this.positions, input: 0 as const }];
    return addOperator<U>(this.scope, transformation, inputs, options);
  }
}
