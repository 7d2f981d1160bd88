/**
 * The end of a stream: hands rows to the writer of a sink, and carries its two-phase commit through checkpoints.
 *
 * Law (test/operators/sink-operator.test.ts): after a restore, at any parallelism, every writer sees what all writers of the
 * checkpoint held, and each of these states is one writer's to take over.
 */

import { EngineError } from '../base/index.ts';
import type { RecordType, RowKind } from '../record/index.ts';
import type { OperatorSnapshot } from '../state/index.ts';
import type {
  Operator,
  OperatorContext,
  Plain,
  RestoredState,
  Transformation,
} from './operator.ts';

/** What a writer of the restored checkpoint held. */
export interface WriterState {
  /** Which writer it was, and of how many. */
  readonly subtaskIndex: number;
  readonly parallelism: number;
  /** What its `snapshot` gave. */
  readonly state: Plain;
  /** Whether this writer is the one to take it over; of every state one writer is. */
  readonly mine: boolean;
}

/** What this operator needs of a writer; the connectors' `SinkWriter` is one. */
export interface WriterLike {
  restore?(states: readonly WriterState[]): void;
  open?(): void | Promise<void>;
  write(row: never, timestamp: number, kind: RowKind): void;
  ready?(): boolean;
  whenReady?(): Promise<void>;
  flush?(): void;
  snapshot?(): Plain | undefined;
  prepareCommit?(checkpoint: number): Promise<void> | undefined;
  commit?(checkpoint: number): void | Promise<void>;
  close(aborted: boolean): void | Promise<void>;
}

/** What a writer is made from; the connectors' `SinkContext` is this. */
export interface WriterContext {
  readonly operatorName: string;
  readonly uid: string;
  readonly runId: string | undefined;
  readonly subtaskIndex: number;
  readonly parallelism: number;
  readonly type: RecordType | undefined;
  nowMs(): number;
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

/** Name of the operator state. */
const WRITERS = 'writers';

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
  readonly #context: OperatorContext;
  readonly #current: OperatorContext['current'];

  constructor(context: OperatorContext, sink: SinkLike) {
    this.#context = context;
    this.#current = context.current;
    this.#writer = sink.createWriter({
      operatorName: context.operatorName,
      uid: context.uid,
      runId: context.runId,
      subtaskIndex: context.subtaskIndex,
      parallelism: context.parallelism,
      type: context.inputs[0]?.type,
      nowMs: () => context.nowMs(),
      toDriver: (channel, batch) => context.toDriver(channel, batch),
    });
  }

  /** @throws ERR_OPERATORS_SINK_STATE */
  restore({ operator }: RestoredState): void {
    const elements = operator.flatMap(({ name, elements: own }) => (name === WRITERS ? own : []));
    if (elements.length === 0) return;
    const { operatorName, subtaskIndex, parallelism } = this.#context;
    if (this.#writer.restore === undefined) {
      throw new EngineError(
        'ERR_OPERATORS_SINK_STATE',
        { operator: operatorName, writers: elements.length },
        { place: { operator: operatorName, subtask: subtaskIndex } },
      );
    }
    const states = elements.map((element) => {
      const held = JSON.parse(new TextDecoder().decode(element)) as Omit<WriterState, 'mine'>;
      return { ...held, mine: held.subtaskIndex % parallelism === subtaskIndex };
    });
    this.#writer.restore(states);
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

  snapshot(): OperatorSnapshot {
    const state = this.#writer.snapshot?.();
    if (state === undefined) return { keyed: undefined, operator: [] };
    const { subtaskIndex, parallelism } = this.#context;
    const element = new TextEncoder().encode(JSON.stringify({ subtaskIndex, parallelism, state }));
    // Everybody sees all: whose a state is does not depend on how many of them there are, as finished writers have none.
    const writers = { name: WRITERS, redistribution: 'union' as const, elements: [element] };
    return { keyed: undefined, operator: [writers] };
  }

  precommit(checkpoint: number): Promise<void> | undefined {
    const durable = this.#writer.prepareCommit?.(checkpoint);
    // The snapshot of another operator of the chain may fail before anybody looks at it.
    durable?.catch(() => undefined);
    return durable;
  }

  notifyCheckpointComplete(checkpoint: number): Promise<void> | void {
    return this.#writer.commit?.(checkpoint);
  }

  close(aborted: boolean): void | Promise<void> {
    return this.#writer.close(aborted);
  }
}
