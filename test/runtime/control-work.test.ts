/** The laws of what a chain does between rows; see the header of control-work.ts. */

import { describe, expect, test } from 'vitest';
import type { OutputGate } from '../../src/exchange/index.ts';
import type { Operator } from '../../src/operators/index.ts';
import { END_OF_TIME, NO_WATERMARK } from '../../src/record/index.ts';
import type { ChainOperator } from '../../src/runtime/chain-spec.ts';
import { ControlWork } from '../../src/runtime/control-work.ts';
import { currentRow } from '../../src/runtime/current-row.ts';

/** A chain whose operators and gates log what reaches them. */
function chain(operators: readonly (Partial<ChainOperator> & { readonly operator?: Operator })[]): {
  readonly work: ControlWork;
  readonly log: string[];
  readonly current: ReturnType<typeof currentRow>;
} {
  const log: string[] = [];
  const gates = new Set(operators.flatMap(({ edges = [] }) => edges)).size;
  const outputs = Array.from({ length: gates }, (_, j) => ({
    watermark: (w: number) => log.push(`gate ${j}: ${w === END_OF_TIME ? 'end of time' : w}`),
    status: (idle: boolean) => log.push(`gate ${j}: ${idle ? 'idle' : 'active'}`),
    barrier: (id: number) => log.push(`gate ${j}: barrier ${id}`),
  }));
  const current = currentRow(NO_WATERMARK);
  const spec = {
    current,
    times: operators.map(() => current),
    operators: operators.map((operator) => ({
      name: 'o',
      form: 'call' as const,
      fn: undefined,
      operator: undefined,
      children: [],
      edges: [],
      sides: {},
      ...operator,
    })),
  };
  const work = new ControlWork({
    spec,
    outputs: outputs as unknown as OutputGate[],
    flushRows: () => log.push('flush'),
    overtaken: outputs.map(() => true),
    nowMs: () => 0,
    monotonicMs: () => 0,
  });
  work.onSnapshot = ({ checkpoint }, { operators: held }) =>
    log.push(`snapshot ${checkpoint}: ${JSON.stringify(held)}`);
  return { work, log, current };
}

/** An operator that logs, and has more to emit for the first `pieces` calls. */
function logging(log: () => string[], name: string, pieces = 0): Operator {
  let left = pieces;
  return {
    onWatermark: (w) => {
      log().push(`${name}: ${w}`);
      return left-- <= 0;
    },
  };
}

describe('a watermark', () => {
  test('reaches the operators in chain order and leaves behind them, side outputs included', () => {
    const made: ReturnType<typeof chain> = chain([
      {
        operator: logging(() => made.log, 'a'),
        children: [1],
        edges: [0],
        sides: { late: { children: [2], edges: [] } },
      },
      { operator: logging(() => made.log, 'b'), edges: [1] },
      { operator: logging(() => made.log, 'c'), edges: [2] },
    ]);
    made.work.watermark(7);
    expect(made.work.run()).toBe(true);
    expect(made.log.filter((line) => line !== 'flush')).toEqual([
      'a: 7',
      'b: 7',
      'gate 1: 7',
      'gate 0: 7',
      'c: 7',
      'gate 2: 7',
    ]);
  });

  test('waits in an operator that has more to emit, called once a step until it has not', () => {
    const made: ReturnType<typeof chain> = chain([
      { operator: logging(() => made.log, 'a', 2), children: [1], edges: [] },
      { operator: logging(() => made.log, 'b'), edges: [0] },
    ]);
    made.work.watermark(7);
    expect(made.work.run()).toBe(false);
    expect(made.work.run()).toBe(false);
    expect(made.log).toEqual(['a: 7', 'a: 7']);
    expect(made.work.run()).toBe(true);
    expect(made.log).toEqual(['a: 7', 'a: 7', 'a: 7', 'b: 7', 'flush', 'gate 0: 7']);
    expect(made.work.pending).toBe(false);
    expect(made.current.watermark).toBe(7);
  });

  test('goes on behind an operator with watermarks of its own that others stand before', () => {
    const made: ReturnType<typeof chain> = chain([
      {
        operator: logging(() => made.log, 'a'),
        children: [1],
        sides: { late: { children: [3], edges: [] } },
      },
      { operator: logging(() => made.log, 'b'), children: [2] },
      { operator: { ...logging(() => made.log, 'own'), ownWatermarks: true }, edges: [0] },
      { operator: logging(() => made.log, 'c'), edges: [1] },
    ]);
    made.work.watermark(7);
    expect(made.work.run()).toBe(true);
    expect(made.log.filter((line) => line !== 'flush')).toEqual([
      'a: 7',
      'b: 7',
      'own: 7',
      'c: 7',
      'gate 1: 7',
    ]);
  });

  test('does not pass an operator with watermarks of its own, but for the end of time', () => {
    const made: ReturnType<typeof chain> = chain([
      {
        operator: { ...logging(() => made.log, 'a'), ownWatermarks: true },
        children: [1],
        edges: [0],
      },
      { operator: logging(() => made.log, 'b'), edges: [1] },
    ]);
    made.work.watermark(7);
    made.work.run();
    expect(made.log).toEqual(['a: 7']);
    made.log.length = 0;
    made.work.watermark(END_OF_TIME);
    made.work.run();
    expect(made.log.filter((line) => line !== 'flush')).toEqual([
      `a: ${END_OF_TIME}`,
      `b: ${END_OF_TIME}`,
      'gate 1: end of time',
      'gate 0: end of time',
    ]);
  });
});

describe('an operator with watermarks of its own', () => {
  test('sends the last one it made since, and none that goes back', () => {
    const made: ReturnType<typeof chain> = chain([
      { operator: { ownWatermarks: true }, children: [1] },
      { operator: logging(() => made.log, 'b'), edges: [0] },
    ]);
    made.work.ownWatermark(0, 5);
    made.work.ownWatermark(0, 9);
    made.work.ownWatermark(0, 8);
    expect(made.log).toEqual([]);
    made.work.run();
    made.work.ownWatermark(0, 9);
    made.work.run();
    expect(made.log).toEqual(['b: 9', 'flush', 'gate 0: 9']);
  });

  test('says itself that its rows stopped, and nothing of what stopped before it', () => {
    const made = chain([{ operator: { ownWatermarks: true }, edges: [0] }]);
    made.work.status(true);
    expect(made.log).toEqual(['flush']);
    made.work.ownStatus(0, true);
    expect(made.log).toEqual(['flush', 'flush', 'gate 0: idle']);
  });
});

describe('a barrier', () => {
  test('leaves behind what was still to be emitted, with the state of that moment', () => {
    let left = 1;
    const made: ReturnType<typeof chain> = chain([
      {
        operator: {
          prepareSnapshot: () => {
            made.log.push('prepare');
            return left-- <= 0;
          },
          snapshot: () => ({ keyed: undefined, operator: [] }),
        },
        children: [1],
      },
      { edges: [0] },
    ]);
    made.work.barrier({ checkpoint: 3, triggeredAtMs: 0, options: 0 });
    expect(made.work.run()).toBe(false);
    expect(made.work.run()).toBe(true);
    expect(made.log).toEqual([
      'prepare',
      'prepare',
      'flush',
      'gate 0: barrier 3',
      'snapshot 3: [{"operator":[]},null]',
    ]);
  });

  test('goes behind those that wait, and not at all when its checkpoint is given up', () => {
    const made = chain([{ edges: [0] }]);
    for (const checkpoint of [3, 4, 5, 6]) {
      made.work.barrier({ checkpoint, triggeredAtMs: 0, options: 0 });
    }
    made.work.drop(3);
    made.work.drop(5);
    made.work.drop(7);
    expect(made.work.run()).toBe(true);
    expect(made.log.filter((line) => line.startsWith('gate'))).toEqual([
      'gate 0: barrier 4',
      'gate 0: barrier 6',
    ]);
    expect(made.work.pending).toBe(false);
  });
});

describe('the clock', () => {
  test('calls operators when it reached what they wait for, until nothing is due', () => {
    const due = [100, 200];
    const made: ReturnType<typeof chain> = chain([
      {
        operator: {
          processingTimeDue: () => due[0] ?? Infinity,
          onProcessingTime: (now) => {
            made.log.push(`tick ${now}`);
            due.shift();
          },
        },
      },
    ]);
    expect(made.work.processingTimeDue()).toBe(100);
    expect(made.work.tell(99)).toBe(false);
    expect(made.work.tell(150)).toBe(true);
    expect(made.log).toEqual(['tick 150']);
    expect(made.work.processingTimeDue()).toBe(200);
  });
});

test('a settled promise is told once, however many settled, and again when it is not done', () => {
  let left = 1;
  const made: ReturnType<typeof chain> = chain([
    {
      operator: {
        onCompletion: () => {
          made.log.push('completion');
          return left-- <= 0;
        },
      },
    },
  ]);
  made.work.completed(0);
  made.work.completed(0);
  expect(made.work.tell(0)).toBe(true);
  expect(made.work.tell(0)).toBe(true);
  expect(made.work.tell(0)).toBe(false);
  expect(made.log).toEqual(['completion', 'completion']);
});

test('an operator that waits is told of the clock while a watermark waits in it, if those behind it take rows', () => {
  let answered = false;
  let sinkReady = false;
  const made: ReturnType<typeof chain> = chain([
    {
      operator: {
        ready: () => answered,
        onWatermark: () => answered,
        processingTimeDue: () => (answered ? Infinity : 100),
        onProcessingTime: () => {
          answered = true;
        },
      },
      children: [1],
    },
    { operator: { ready: () => sinkReady }, edges: [0] },
  ]);
  made.work.watermark(7);
  expect(made.work.run()).toBe(false);
  expect(made.work.tell(100)).toBe(false);
  sinkReady = true;
  expect(made.work.tell(100)).toBe(true);
  expect(made.work.run()).toBe(true);
  expect(made.log).toEqual(['flush', 'gate 0: 7']);
});

test('what the clock began in pieces is finished before a watermark goes on', () => {
  let left = 1;
  const made: ReturnType<typeof chain> = chain([
    {
      operator: {
        ...logging(() => made.log, 'a'),
        processingTimeDue: () => (left < 0 ? Infinity : 100),
        onProcessingTime: () => {
          made.log.push('tick');
          return left-- <= 0;
        },
      },
      edges: [0],
    },
  ]);
  made.work.tell(100);
  made.work.watermark(7);
  expect(made.work.run()).toBe(false);
  expect(made.log).toEqual(['tick']);
  made.work.tell(100);
  expect(made.work.run()).toBe(true);
  expect(made.log).toEqual(['tick', 'tick', 'a: 7', 'flush', 'gate 0: 7']);
});
