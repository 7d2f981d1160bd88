/** The end of a stream: hands rows to the writer of a sink. */

import type { RecordType, RowKind } from '../record/index.ts';
import type { Operator, OperatorContext, Plain, Transformation } from './operator.ts';

/** What this operator needs of a writer; the connectors' `SinkWriter` is one. */
export interface WriterLike {
  open?(): void | Promise<void>;
  write(row: never, timestamp: number, kind: RowKind): void;
  ready?(): boolean;
  whenReady?(): Promise<void>;
  flush?(): void;
  close(aborted: boolean): void | Promise<void>;
}

/** What a writer is made from; the connectors' `SinkContext` is this. */
export interface WriterContext {
  readonly operatorName: string;
  readonly subtaskIndex: number;
  readonly parallelism: number;
  readonly type: RecordType | undefined;
  toDriver(channel: string, batch: readonly unknown[]): Promise<void>;
}

/** What this operator needs of a sink; the connectors' `Sink` is one. */
export interface SinkLike {
  readonly kind: string;
  readonly params: { readonly [key: string]: Plain };
  readonly functions: Readonly<Record<string, (...args: never[]) => unknown>>;
  readonly async: boolean;
  createWriter(context: WriterContext): WriterLike;
}

/**
 * Rows to one writer per subtask. Nothing is written while the writer is not ready; that is where backpressure begins.
 *
 * @example
 * sinkTransformation(discard()).kind; // 'discard'
 */
export function sinkTransformation(sink: SinkLike): Transformation {
  return {
    kind: sink.kind,
    params: sink.params,
    functions: sink.functions,
    keyed: false,
    async: sink.async,
    create: (context) => new SinkOperator(context, sink),
  };
}

class SinkOperator implements Operator {
  readonly #writer: WriterLike;
  readonly #current: OperatorContext['current'];

  constructor(context: OperatorContext, sink: SinkLike) {
    this.#current = context.current;
    this.#writer = sink.createWriter({
      operatorName: context.operatorName,
      subtaskIndex: context.subtaskIndex,
      parallelism: context.parallelism,
      type: context.inputs[0]?.type,
      toDriver: (channel, batch) => context.toDriver(channel, batch),
    });
  }

  open(): void | Promise<void> {
    return this.#writer.open?.();
  }

  process(row: unknown, timestamp: number): void {
    this.#writer.write(row as never, timestamp, this.#current.rowKind);
  }

  ready(): boolean {
    return this.#writer.ready === undefined || this.#writer.ready();
  }

  whenReady(): Promise<void> {
    return this.#writer.whenReady?.() ?? Promise.resolve();
  }

  flush(): void {
    this.#writer.flush?.();
  }

  close(aborted: boolean): void | Promise<void> {
    return this.#writer.close(aborted);
  }
}
