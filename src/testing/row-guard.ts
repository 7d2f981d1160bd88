/**
 * Makes rows that were kept after their call fail loudly.
 *
 * Law: an operator behind a guard sees each row as a view of its own over a copy of the bytes, in a private and a shared
 * memory in turn; after the call the bytes are overwritten and every field of the view throws.
 */

import { EngineError } from '../base/index.ts';
import type { FusedForm, Operator, OperatorContext, Transformation } from '../operators/index.ts';
import { Memory, RowKind, RowViewBase, SelectedRow } from '../record/index.ts';

const MEMORY_BYTES = 65_536;
/** Bytes before a row: its header. */
const HEADER_BYTES = 8;
/** Rows begin at changing places, so that a kept offset is wrong too. */
const PLACES = 7;
const PLACE_BYTES = 64;
const POISON = 0xa5;

/** The same transformation; its operators see guarded views. */
export function guardTransformation(transformation: Transformation): Transformation {
  return {
    ...transformation,
    create: (context) => guardOperator(transformation.create(context), context),
  };
}

function guardOperator(operator: Operator, context: OperatorContext): Operator {
  const guard = new RowGuard();
  const { fused } = operator;
  const first = fused === undefined ? operator.process?.bind(operator) : unfused(fused, context);
  const second = operator.process2?.bind(operator);
  const replaced: Readonly<Record<string, unknown>> = {
    fused: undefined,
    ...(first && { process: guarded(guard, first) }),
    ...(second && { process2: guarded(guard, second) }),
  };
  // Everything else as it is, whatever the contract of operators becomes.
  return new Proxy(operator, {
    get(target, name) {
      if (typeof name === 'string' && name in replaced) return replaced[name];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

type Process = (row: unknown, timestamp: number) => void;

function guarded(guard: RowGuard, process: Process): Process {
  return (row, timestamp) => {
    if (!(row instanceof RowViewBase)) {
      process(row, timestamp);
      return;
    }
    if (row instanceof SelectedRow) {
      guardedSelection(guard, row, (lent) => process(lent, timestamp));
      return;
    }
    const view = guard.enter(row);
    try {
      process(view, timestamp);
    } finally {
      guard.leave(view);
    }
  };
}

/** A selected row has no bytes to lend: it is lent over its source's, and as a whole. */
function guardedSelection(guard: RowGuard, row: SelectedRow, use: (lent: unknown) => void): void {
  const source = row.$source;
  const view =
    source instanceof RowViewBase && !(source instanceof SelectedRow)
      ? guard.enter(source)
      : undefined;
  let ended = false;
  const lent = new Proxy(row.over(view ?? source), {
    get(target, name) {
      if (ended) throw new EngineError('ERR_TESTING_KEPT_ROW');
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  try {
    use(lent);
  } finally {
    ended = true;
    if (view !== undefined) guard.leave(view);
  }
}

/** The fused form as a call, so that the view lives until its result was taken. */
function unfused(fused: FusedForm, { output, current }: OperatorContext): Process {
  return (row, timestamp) => {
    let result: unknown = row;
    if (fused.form === 'map') result = fused.fn(row as never);
    else if (!fused.fn(row as never)) return;
    if (current.rowKind === RowKind.insert) output.emit(result, timestamp);
    else output.emitChange(current.rowKind, result, timestamp);
  };
}

/** Lends views of one operator's rows. */
class RowGuard {
  #memories: readonly Memory[] = [];
  #bytes = 0;
  #rows = 0;
  #at = 0;
  #used = 0;

  enter(row: RowViewBase): RowViewBase {
    const bytes = row.rowBytes;
    const at = HEADER_BYTES + (this.#rows % PLACES) * PLACE_BYTES;
    const memory = this.#memory(at + bytes);
    memory.u8.set(row.u8.subarray(row.at - HEADER_BYTES, row.at + bytes), at - HEADER_BYTES);
    const view = new (row.constructor as new () => RowViewBase)();
    view.bind(memory);
    view.at = at;
    this.#rows++;
    this.#at = at;
    this.#used = bytes;
    return view;
  }

  leave(view: RowViewBase): void {
    view.memory.u8.fill(POISON, this.#at - HEADER_BYTES, this.#at + this.#used);
    for (const field of ['memory', 'u8', 'u16', 'i32', 'f32', 'f64'] as const) view[field] = TRAP;
  }

  #memory(bytes: number): Memory {
    if (bytes > this.#bytes) {
      this.#bytes = Math.max(MEMORY_BYTES, 2 * bytes);
      this.#memories = [
        Memory.ofBytes(this.#bytes),
        new Memory(new SharedArrayBuffer(this.#bytes)),
      ];
    }
    return this.#memories[this.#rows % 2]!;
  }
}

/** Stands where the memory of a view stood. */
const TRAP: never = new Proxy(
  {},
  {
    get: () => {
      throw new EngineError('ERR_TESTING_KEPT_ROW');
    },
  },
) as never;
