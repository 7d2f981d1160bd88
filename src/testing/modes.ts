/**
 * `inEveryMode`: one scenario, told to an operator in every way in which a runtime may tell it.
 *
 * Law: what an operator gives depends on what each of its channels said and in which order, not on how rows come in
 * batches, on how often its outputs are full, on how its driver was made, or on whether fresh instances took its place.
 * (After Hazelcast Jet's `TestSupport`.)
 */

import { inspect } from 'node:util';

import { EngineError } from '../base/index.ts';
import { PLAIN } from './fold-table.ts';
import type { OperatorTest, OperatorTestSettings } from './operator-test.ts';
import type { EmittedRow, Recording } from './recording.ts';
import { sameAddress, Script, tell } from './script.ts';
import type { Command } from './script.ts';

/** A way to tell an operator something. */
export type ModeName =
  /** Each row takes effect before the next. */
  | 'rowAtATime'
  /** As many rows as a step takes; what goes to different channels still in turn. */
  | 'batched'
  /** The driver of plain closures, and no chaining. */
  | 'plain'
  /** Small rings, one row a step, and outputs that refuse every other step. */
  | 'fullOutputs'
  /** A snapshot and fresh instances after each command. */
  | 'restored'
  /** The same, with another parallelism each time. Only for operators whose state is keyed. */
  | 'rescaled';

interface Mode {
  readonly options: OperatorTestSettings;
  readonly restored: boolean;
  /** The parallelism of fresh instances, in turn. */
  readonly parallelism: readonly number[];
}

const MODES: Readonly<Record<ModeName, Mode>> = {
  rowAtATime: { options: {}, restored: false, parallelism: [] },
  batched: { options: { batched: true }, restored: false, parallelism: [] },
  plain: {
    options: { batched: true, codegen: false, chaining: false },
    restored: false,
    parallelism: [],
  },
  fullOutputs: {
    options: { batched: true, refuseSteps: true, ringBytes: 4096, stepRowsMax: 1 },
    restored: false,
    parallelism: [],
  },
  restored: { options: {}, restored: true, parallelism: [] },
  rescaled: { options: {}, restored: true, parallelism: [2, 3, 1, 5] },
};

/** What {@link inEveryMode} can be told. */
export interface EveryModeOptions<U = unknown> {
  /** Default: all; `rescaled` only where all state is keyed. */
  readonly modes?: readonly ModeName[];
  /** Whether the inputs end after the scenario; default true. */
  readonly finish?: boolean;
  /**
   * Rows of one key must come in the same order in every mode; default: rows of all keys, where instances stay the same,
   * and no order where fresh ones take their place.
   */
  readonly keyOf?: (row: U) => unknown;
}

/**
 * Runs one scenario in all modes and demands the same rows, with the same timestamps, of every output, and the same last
 * watermark.
 *
 * @param make makes the test; the options it is given must reach `testOperator`
 * @returns the test of the first mode, to look at what it gave
 * @throws ERR_TESTING_MODES names the mode and what differs
 * @example
 * const { rows } = await inEveryMode(
 *   (options) => testOperator((bids: Stream<Bid>) => bids.keyBy('item').max('price'), { type: Bid, ...options }),
 *   (bids) => bids.push({ item: 'a', price: 5 }, 10).watermark(10).push({ item: 'a', price: 3 }, 11),
 * );
 */
export async function inEveryMode<T, U, B>(
  make: (options: OperatorTestSettings) => Promise<OperatorTest<T, U, B>>,
  scenario: (script: Script<T, B>) => unknown,
  options: EveryModeOptions<U> = {},
): Promise<OperatorTest<T, U, B>> {
  const chosen = options.modes ?? (Object.keys(MODES) as ModeName[]);
  let first: OperatorTest<T, U, B> | undefined;
  for (const name of chosen) {
    const mode = MODES[name];
    const test = await make(mode.options);
    if (name === 'rescaled' && options.modes === undefined && !rescalable(test)) {
      await test.cancel();
      continue;
    }
    const script = new Script<T, B>(test.inputs);
    scenario(script);
    await play(test as OperatorTest, script.commands, mode);
    if (options.finish !== false) await test.finish();
    else await test.drain();
    if (first === undefined) first = test;
    else {
      compare(chosen[0]!, first, name, test, options.keyOf);
      await test.cancel();
    }
  }
  if (first === undefined) throw new TypeError('inEveryMode expects one mode or more, got none');
  return first;
}

async function play(test: OperatorTest, commands: readonly Command[], mode: Mode): Promise<void> {
  const { restored, parallelism } = mode;
  let before: Command | undefined;
  for (const [index, command] of commands.entries()) {
    // Channels have no order among each other, so the scenario's own is kept.
    if (before !== undefined && !sameAddress(before, command)) await test.drain();
    tell(test, command);
    before = command;
    if (restored) await test.restore(undefined, parallelism[index % parallelism.length]);
  }
  await test.drain();
}

/** Whether every operator with state has it by key. */
function rescalable({ run: { plan } }: { readonly run: OperatorTest['run'] }): boolean {
  return plan.chains.every(
    ({ operators }) => operators[0]!.keyed || !operators.some(({ stateful }) => stateful),
  );
}

function compare<U>(
  firstName: ModeName,
  first: Pick<OperatorTest, 'run'>,
  name: ModeName,
  test: Pick<OperatorTest, 'run'>,
  keyOf: ((row: U) => unknown) | undefined,
): void {
  const exact = !MODES[name].restored;
  for (const output of first.run.outputs) {
    const expected = first.run.output<U>(output);
    const got = test.run.output<U>(output);
    const pairs = [
      [texts(expected, exact, keyOf), texts(got, exact, keyOf)],
      [String(expected.watermark), String(got.watermark)],
    ] as const;
    for (const [a, b] of pairs) {
      if (a === b) continue;
      throw new EngineError('ERR_TESTING_MODES', {
        first: firstName,
        mode: name,
        output,
        expected: a,
        got: b,
      });
    }
  }
}

/** The rows as a text: in order, in order within each key, or in no order. */
function texts<U>(
  recording: Recording<U>,
  exact: boolean,
  keyOf: ((row: U) => unknown) | undefined,
): string {
  const { emitted } = recording;
  if (keyOf === undefined) {
    const all = emitted.map(textOf);
    return (exact ? all : all.toSorted()).join('\n');
  }
  const byKey = new Map<string, string[]>();
  for (const each of emitted) {
    const key = inspect(keyOf(each.row), PLAIN);
    byKey.set(key, [...(byKey.get(key) ?? []), textOf(each)]);
  }
  return [...byKey.values()]
    .map((rows) => rows.join('\n'))
    .toSorted()
    .join('\n');
}

function textOf(emitted: EmittedRow): string {
  return inspect(emitted, PLAIN);
}
