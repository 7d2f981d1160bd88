/**
 * One parallel instance of a chain: its operators, its driver and its gates, put together from graph and plan.
 * Owner: the subtask's worker.
 */

import { assert } from '../base/index.ts';
import type { EngineError, SubtaskId } from '../base/index.ts';
import type { InFlightChannel } from '../checkpoint/index.ts';
import type { InputGate, OutputGate } from '../exchange/index.ts';
import { DEAD_LETTERS } from '../graph/index.ts';
import type { LogicalGraph, WatermarkStrategy } from '../graph/index.ts';
import { splitWatermarks } from '../operators/index.ts';
import type { OperatorContext, RestoredState } from '../operators/index.ts';
import type { PhysicalPlan, PlanChain, PlanSubtask } from '../plan/index.ts';
import { keyGroupRange, NO_WATERMARK } from '../record/index.ts';
import type { MemoryAccount } from '../state/index.ts';
import { leaveOutOf } from './bad-rows.ts';
import { compileChain } from './chain-compiler.ts';
import { plainChain } from './chain-plain.ts';
import type { ChainDriver, ChainOperator, ChainSpec, InputEdge, SourceTime } from './chain-spec.ts';
import { ChainCollector } from './collector.ts';
import { ControlWork } from './control-work.ts';
import { ChainedRow, currentRow } from './current-row.ts';
import { inputOf, outputOf } from './edges.ts';
import type { EdgeEnvironment } from './edges.ts';
import { keyContext } from './edges.ts';
import { inFlightChannels, mayOvertake } from './in-flight-channels.ts';
import type { RuntimeSettings } from './settings.ts';

/** What a chain needs from the worker that hosts it. */
export interface ChainEnvironment extends EdgeEnvironment {
  readonly graph: LogicalGraph;
  readonly plan: PhysicalPlan;
  readonly settings: RuntimeSettings;
  readonly runId?: string | undefined;
  /** Account of the off-heap state of one operator. */
  account(operatorName: string): MemoryAccount;
  counter(operatorName: string, name: string): { add(n: number): void };
  /** A row was left out; missing: nobody counts them. */
  badRow?(operatorName: string, error: EngineError): void;
  toDriver(operatorName: string, channel: string, batch: readonly unknown[]): Promise<void>;
  /** Keeps the worker's event loop turning until the promise settles. */
  track(promise: Promise<unknown>): void;
}

/** A built chain; see the parts for what they do. */
export class Chain {
  readonly subtask: PlanSubtask;
  readonly plan: PlanChain;
  readonly spec: ChainSpec;
  readonly driver: ChainDriver;
  readonly input: InputGate | undefined;
  /** Index of the input edge of each channel of the gate. */
  readonly inputOfChannel: Uint16Array;
  /** The subtask that writes each channel of the gate. */
  readonly producers: readonly SubtaskId[];
  readonly outputs: readonly OutputGate[];
  /** Names of the channels in checkpoints: of the gate, and by output. */
  readonly inputChannels: readonly InFlightChannel[];
  readonly outputChannels: readonly (readonly InFlightChannel[])[];
  /** By channel of the gate, whether a barrier may overtake rows there. */
  readonly inputsOvertaken: readonly boolean[];
  /** What happens between rows. */
  readonly control: ControlWork;
  /** Accounts of the operators' state. */
  readonly #accounts: MemoryAccount[] = [];

  constructor(environment: ChainEnvironment, id: SubtaskId) {
    const { plan, graph, settings } = environment;
    const subtask = plan.subtasks[id]!;
    const chain = plan.chains[subtask.chain]!;
    this.subtask = subtask;
    this.plan = chain;

    const outputs = chain.outputs.map((edge) => outputOf(environment, subtask, edge));
    this.outputs = outputs.map(({ gate }) => gate);
    const input =
      chain.inputs.length === 0 ? undefined : inputOf(environment, subtask, chain.inputs);
    this.input = input?.gate;
    this.inputOfChannel = input?.inputOfChannel ?? new Uint16Array(0);
    this.producers = input?.producers ?? [];
    const inputs: readonly InputEdge[] = input?.edges ?? [];
    this.inputChannels = chain.inputs.flatMap((edge) =>
      inFlightChannels(plan, edge, ({ consumer }) => consumer === id),
    );
    this.outputChannels = chain.outputs.map((edge) =>
      inFlightChannels(plan, edge, ({ producer }) => producer === id),
    );
    const overtaken = chain.inputs.map((edge) => mayOvertake(plan.edges[edge]!));
    this.inputsOvertaken = Array.from(this.inputOfChannel, (edge) => overtaken[edge]!);

    const current = currentRow(NO_WATERMARK);
    const rows = chain.operators.map((_, k) => (k === 0 ? current : new ChainedRow(current)));
    const indexOf = new Map(chain.operators.map(({ node }, k) => [node, k]));
    const chained = (k: number, tag: string | undefined): number[] =>
      graph.edges
        .filter((edge) => edge.from === chain.operators[k]!.node && edge.sideOutput === tag)
        .filter((edge) => indexOf.has(edge.to) && isChained(plan, graph.edges.indexOf(edge)))
        .map((edge) => indexOf.get(edge.to)!);
    const leaving = (k: number, tag: string | undefined): number[] =>
      chain.outputs.flatMap((edgeId, j) => {
        const edge = plan.edges[edgeId]!;
        return edge.fromNode === chain.operators[k]!.node && edge.sideOutput === tag ? [j] : [];
      });

    const accountOf = (name: string): MemoryAccount => {
      const account = environment.account(name);
      this.#accounts.push(account);
      return account;
    };
    const collectors = chain.operators.map(() => new ChainCollector());
    const operators: ChainOperator[] = chain.operators.map((planned, k) => {
      const node = graph.nodes[planned.node]!;
      const tags = new Set(
        graph.edges.filter((edge) => edge.from === node.id).map((edge) => edge.sideOutput),
      );
      const sides: Record<string, { children: number[]; edges: number[] }> = {};
      for (const tag of [...tags, ...Object.keys(node.sideOutputs)]) {
        if (tag !== undefined) sides[tag] = { children: chained(k, tag), edges: leaving(k, tag) };
      }
      const links = {
        name: planned.name,
        children: chained(k, undefined),
        edges: leaving(k, undefined),
        sides,
      };
      if (node.source !== undefined) {
        return { ...links, form: 'source', fn: undefined, operator: undefined };
      }
      assert(node.transformation !== undefined, 'a node is a source or a transformation');
      const { transformation } = node;
      const policy =
        (transformation.leavesOut === true
          ? (settings.onBadRow?.[planned.name] ?? node.onBadRow)
          : undefined) ?? 'fail';
      const operator = transformation.create(
        operatorContext(
          environment,
          subtask,
          chain,
          k,
          inputs,
          rows[k]!,
          collectors[k]!,
          accountOf(planned.name),
          () => this.control.completed(k),
          policy !== 'fail',
        ),
      );
      const { fused } = operator;
      const leaveOut = leaveOutOf(
        {
          operatorName: planned.name,
          subtaskIndex: subtask.index,
          policy,
          current,
          collector: collectors[k]!,
          taken: Object.hasOwn(sides, DEAD_LETTERS.tag),
          report: (error) => environment.badRow?.(planned.name, error),
        },
        operator,
      );
      return { ...links, form: fused?.form ?? 'call', fn: fused?.fn, operator, leaveOut };
    });

    this.spec = {
      label: `${plan.job} ${chain.name} ${subtask.index}`,
      operators,
      inputs,
      edges: outputs,
      time: sourceTime(
        graph.nodes[chain.operators[0]!.node]!.source?.watermarks,
        chain.operators[0]!.name,
      ),
      maxParallelism: plan.maxParallelism,
      current,
      times: rows,
      counts: new Int32Array(2 * operators.length),
      collectors,
      emitWatermark: (k, watermark) => this.control.ownWatermark(k, watermark),
      emitStatus: (k, idle) => this.control.ownStatus(k, idle),
    };
    this.control = new ControlWork({
      spec: this.spec,
      outputs: this.outputs,
      overtaken: chain.outputs.map((edge) => mayOvertake(plan.edges[edge]!)),
      flushRows: () => this.driver.flush(),
      nowMs: () => environment.clock.nowMs(),
      monotonicMs: () => environment.clock.monotonicMs(),
    });
    this.driver = settings.codegen ? compileOrPlain(this.spec) : plainChain(this.spec);
  }

  /** Whether any output holds rows beyond its ring. */
  get full(): boolean {
    // By index, as everywhere within a step: an iterator would be garbage of every step.
    const { outputs } = this;
    for (let j = 0; j < outputs.length; j++) if (outputs[j]!.full) return true;
    return false;
  }

  /** Bytes that wait for credit in all outputs. */
  get waitingBytes(): number {
    return this.outputs.reduce((sum, { waitingBytes }) => sum + waitingBytes, 0);
  }

  /** Off-heap bytes of keyed state. */
  get stateBytes(): number {
    let bytes = 0;
    for (const account of this.#accounts) bytes += account.usedBytes;
    return bytes;
  }

  /** Whether every operator takes rows (a sink with full buffers does not). */
  get ready(): boolean {
    return this.control.takesRows(0);
  }

  /** The first operator that is not ready, to wait for. */
  whenReady(): Promise<void> | undefined {
    const { operators, current } = this.spec;
    for (let k = 0; k < operators.length; k++) {
      const { operator } = operators[k]!;
      if (operator?.ready?.() !== false) continue;
      current.operator = k;
      return operator.whenReady?.();
    }
    return undefined;
  }

  /** Outputs take `bytes` of rows on every channel; what a step emits beyond that goes to the overdraft. */
  hasRoom(bytes: number): boolean {
    const { outputs } = this;
    if (this.full) {
      let empty = true;
      for (let j = 0; j < outputs.length; j++) if (!outputs[j]!.drain()) empty = false;
      if (!empty) return false;
    }
    for (let j = 0; j < outputs.length; j++) if (!outputs[j]!.hasRoom(bytes)) return false;
    return true;
  }

  /** Shows the consumers everything written. */
  publishOutputs(): void {
    this.driver.flush();
    const { outputs } = this;
    for (let j = 0; j < outputs.length; j++) outputs[j]!.publish();
  }

  /**
   * Opens the operators, one after the other.
   *
   * @param opening told which operator is being opened, then -1; says whether the subtask was canceled meanwhile
   * @returns false when it was: what had just been opened is closed again, the others are their canceler's to close
   */
  async open(opening: (operator: number) => boolean): Promise<boolean> {
    for (const [k, { operator }] of this.spec.operators.entries()) {
      opening(k);
      await operator?.open?.();
      if (!opening(-1)) continue;
      await operator?.close?.(true);
      return false;
    }
    return true;
  }

  /**
   * Closes what heads the chain, then the operators; all are closed even if one fails, the first failure is thrown and its
   * operator is the current one.
   *
   * @param opening index of an operator that is still being opened (its opener closes it), or -1
   */
  async close(aborted: boolean, opening: number, head: () => Promise<void>): Promise<void> {
    const { operators, current } = this.spec;
    const failures: { readonly error: unknown; readonly operator: number }[] = [];
    const attempt = async (operator: number, close: () => void | Promise<void>): Promise<void> => {
      try {
        await close();
      } catch (error) {
        failures.push({ error, operator });
      }
    };
    await attempt(0, head);
    for (const [k, { operator }] of operators.entries()) {
      if (k === opening && operator !== undefined) continue;
      await attempt(k, async () => operator?.close?.(aborted));
    }
    const first = failures[0];
    if (first === undefined) return;
    current.operator = first.operator;
    throw first.error;
  }

  /** Gives operators back what a snapshot holds for them, by uid; before they are opened. */
  restore(states: Readonly<Record<string, RestoredState>>): void {
    const { operators, current } = this.spec;
    this.plan.operators.forEach(({ uid }, k) => {
      const state = states[uid];
      if (state === undefined) return;
      current.operator = k;
      operators[k]!.operator?.restore?.(state);
    });
  }

  /** Pushes out what operators buffer; when the input is idle. */
  flush(): void {
    const { operators, current } = this.spec;
    for (let k = 0; k < operators.length; k++) {
      const { operator } = operators[k]!;
      if (operator?.flush === undefined) continue;
      current.operator = k;
      operator.flush();
    }
  }
}

function isChained(plan: PhysicalPlan, logicalEdge: number): boolean {
  return !plan.edges.some((edge) => edge.logicalEdge === logicalEdge);
}

function compileOrPlain(spec: ChainSpec): ChainDriver {
  try {
    return compileChain(spec);
  } catch (error) {
    if (error instanceof EvalError) return plainChain(spec);
    throw error;
  }
}

function operatorContext(
  environment: ChainEnvironment,
  subtask: PlanSubtask,
  chain: PlanChain,
  k: number,
  inputs: readonly InputEdge[],
  current: OperatorContext['current'],
  output: ChainCollector,
  memory: MemoryAccount,
  onCompletion: () => void,
  leavesOut: boolean,
): OperatorContext {
  const { graph, plan } = environment;
  const { node, name, uid } = chain.operators[k]!;
  const edges = graph.edges.filter((edge) => edge.to === node);
  const count = edges.some((edge) => edge.input === 1) ? 2 : 1;
  // Also without keys: such state is in group 0, and an operator that has it runs alone.
  const [first, end] = keyGroupRange(subtask.index, plan.maxParallelism, chain.parallelism);
  return {
    operatorName: name,
    uid,
    runId: environment.runId,
    subtaskIndex: subtask.index,
    parallelism: chain.parallelism,
    maxParallelism: plan.maxParallelism,
    keyGroups: { first, last: end - 1 },
    executionMode: plan.executionMode,
    leavesOut,
    output,
    inputs: Array.from({ length: count }, (_, index) => {
      const edge = edges.find((candidate) => candidate.input === index)!;
      // Only the head reads rows from bytes, with the codec of its ring; others get what their predecessor emits.
      const codec =
        k === 0 ? inputs.find((candidate) => candidate.input === index)?.codec : undefined;
      const typed = edge.type === undefined ? undefined : codec;
      // Fields that the operator does not read have not travelled.
      const type = typed?.type ?? edge.type;
      return { type, codec: typed, key: edge.key && keyContext(edge.key, typed) };
    }),
    memory,
    toDriver: (channel, batch) => environment.toDriver(name, channel, batch),
    nowMs: () => environment.clock.nowMs(),
    awaitCompletion: (promise) => environment.track(promise.then(onCompletion, onCompletion)),
    counter: (counterName) => environment.counter(name, counterName),
    current,
  };
}

function sourceTime(
  strategy: WatermarkStrategy | undefined,
  operatorName: string,
): SourceTime | undefined {
  if (strategy === undefined) return undefined;
  return {
    timestampOf: strategy.timestampOf as ((row: unknown) => number) | undefined,
    generator: splitWatermarks(strategy as WatermarkStrategy<unknown>, operatorName),
    periodic: strategy.generator !== undefined,
    makeGenerator: () => splitWatermarks(strategy as WatermarkStrategy<unknown>, operatorName),
  };
}
