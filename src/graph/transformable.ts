/** Calls that plain and keyed streams share. */

import { print } from '../connectors/index.ts';
import type { Sink } from '../connectors/index.ts';
import {
  filterTransformation,
  flatMapTransformation,
  mapTransformation,
} from '../operators/index.ts';
import type { FlatMapFunction, Transformation } from '../operators/index.ts';
import type { RecordType } from '../record/index.ts';
import type { Position } from './draft.ts';
import type { Row } from './row.ts';
import { addOperator, addSink, checkFunction } from './scope.ts';
import type { OperatorOptions, Scope } from './scope.ts';
import { callSite } from './source-location.ts';
import type { SourceLocation } from './source-location.ts';
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
    const location = callSite();
    checkFunction(fn, 'map', location);
    return this.follow<U>(mapTransformation(fn), { type }, location);
  }

  filter(fn: (row: Row<T>) => boolean): OperatorStream<T> {
    const location = callSite();
    checkFunction(fn, 'filter', location);
    return this.follow<T>(filterTransformation(fn), { type: this.type }, location);
  }

  flatMap<U>(fn: FlatMapFunction<Row<T>, U>, type?: RecordType<U>): OperatorStream<U> {
    const location = callSite();
    checkFunction(fn, 'flatMap', location);
    return this.follow<U>(flatMapTransformation(fn), { type }, location);
  }

  sinkTo(sink: Sink<T>): SinkHandle {
    return addSink(this.scope, sink, this.positions, callSite());
  }

  print(prefix?: string): SinkHandle {
    const sink = print(prefix === undefined ? {} : { prefix });
    return addSink(this.scope, sink, this.positions, callSite());
  }

  /** Record type of the rows. */
  protected get type(): RecordType | undefined {
    return this.positions[0]?.type;
  }

  /** Adds an operator behind this stream. */
  protected follow<U>(
    transformation: Transformation,
    options: OperatorOptions,
    location: SourceLocation | undefined,
  ): OperatorStream<U> {
    const inputs = [{ positions: this.positions, input: 0 as const }];
    return addOperator<U>(this.scope, transformation, inputs, options, location);
  }
}
