/** Functions compiled from text, each with call sites of its own. */

import { failChangelog } from './changelog.ts';
import type { KeyedRows } from './keyed-rows.ts';
import type { OperatorContext } from './operator.ts';

let compiled = 0;

/**
 * Compiles the body of a function that returns a function, with `bindings` as its variables; undefined on hosts that
 * forbid code generation. The text holds only constants and names, never values from outside.
 */
export function generate<F>(
  label: string,
  source: string,
  bindings: Readonly<Record<string, unknown>>,
): F | undefined {
  // The number keeps V8 from sharing the code, and with it the type feedback, between operators.
  const body = `'use strict'; /* ${label} ${compiled++} */\n${source}`;
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- text made by this room
    return new Function(...Object.keys(bindings), body)(...Object.values(bindings)) as F;
  } catch (error) {
    if (error instanceof EvalError) return undefined;
    throw error;
  }
}

/** What the text of {@link rollingSource} reads. */
export function rollingBindings(
  context: OperatorContext,
  rows: KeyedRows,
): Readonly<Record<string, unknown>> {
  const { table, key, input, views } = rows;
  const { current, output } = context;
  const refuse = (): never => failChangelog(context);
  return {
    rows,
    index: table.index,
    pages: table.pages,
    changes: table.changes,
    key,
    input,
    views,
    current,
    output,
    refuse,
  };
}

/**
 * The frame of a rolling operator's generated `process`: finds the row of the key, or inserts it; else runs `update`,
 * which sees `row`, `memory`, `at`, `ref`, `page` and `o` (the state row's page and offset) and may move `ref`.
 */
export function rollingSource(options: {
  readonly probe: string;
  readonly fingerprint: string;
  readonly keyed: boolean;
  readonly batch: boolean;
  readonly pageShift: number;
  readonly unitMask: number;
  readonly update: string;
}): string {
  const { probe, fingerprint, keyed, batch, pageShift, unitMask, update } = options;
  return `return function process(row, timestamp) {
  let memory, at;
  if (current.rowKind !== 0) refuse();
  if (row.typeFingerprint === ${JSON.stringify(fingerprint)}) { memory = row.memory; at = row.at; }
  else { input.take(row); memory = input.memory; at = input.at; }
  const hash = ${keyed ? 'current.keyHash' : '0'};
  ${probe}
  if (ref === 0) ref = rows.insert(memory, at, hash, timestamp);
  else {
    changes.touch(ref);
    const page = pages[ref >>> ${pageShift}];
    const o = (ref & ${unitMask}) << 3;
    ${update}
    ${batch ? 'rows.stamp(ref, timestamp);' : ''}
  }
  ${
    batch
      ? ''
      : `const shown = views[ref >>> ${pageShift}];
  shown.at = (ref & ${unitMask}) << 3;
  output.emit(shown, timestamp);`
  }
};`;
}
