/** What a pane holds and gives: rows folded or kept, evicted, handed to the window's function, emitted. */

import { estimateBytes } from '../../state/index.ts';
import { keepRow } from '../kept-row.ts';
import type { Collector } from '../operator.ts';
import type { Evictor, WindowRow } from './evictor.ts';
import type { RowFold } from './fold.ts';
import { WindowCollector } from './function-context.ts';
import type { PaneFunctionContext } from './function-context.ts';
import type { ProcessWindowFunction } from './window-function.ts';
import type { Pane, WindowPart } from './window-part.ts';

/** A place in a list of rows. */
const PLACE_BYTES = 8;
/** A row with its timestamp. */
const STAMPED_BYTES = 48;

/** The contents of panes of one operator. Owner: the subtask's worker. */
export class PaneResults {
  readonly out: WindowCollector;
  readonly #part: WindowPart;
  readonly #context: PaneFunctionContext;
  readonly #fold: RowFold | undefined;
  readonly #fn: ProcessWindowFunction<unknown, unknown, unknown> | undefined;
  readonly #evictor: Evictor | undefined;

  constructor(
    output: Collector,
    part: WindowPart,
    context: PaneFunctionContext,
    fold: RowFold | undefined,
    fn: ProcessWindowFunction<unknown, unknown, unknown> | undefined,
    evictor: Evictor | undefined,
  ) {
    this.out = new WindowCollector(output);
    this.#part = part;
    this.#context = context;
    this.#fold = fold;
    this.#fn = fn;
    this.#evictor = evictor;
  }

  open(): void | Promise<void> {
    return this.#fn?.open?.(this.#context);
  }

  close(): void | Promise<void> {
    return this.#fn?.close?.();
  }

  /** Takes a row in. @throws ERR_STATE_QUOTA */
  add(pane: Pane, row: unknown, timestamp: number): void {
    if (this.#evictor !== undefined) {
      const kept = keepRow(row);
      this.#push(pane, { row: kept, timestamp }, estimateBytes(kept) + STAMPED_BYTES);
    } else if (this.#fold === undefined) {
      const kept = keepRow(row);
      this.#push(pane, kept, estimateBytes(kept) + PLACE_BYTES);
    } else {
      pane.value = pane.filled
        ? this.#fold.add(pane.value, row, timestamp)
        : this.#fold.first(row, timestamp);
      // An estimate walks the accumulator: made whenever the rows have doubled, it costs a row nothing.
      if (++pane.folded >= pane.lookAt) {
        pane.lookAt = 2 * pane.folded;
        this.#part.resize(pane, estimateBytes(pane.value));
      }
    }
    pane.filled = true;
  }

  /** Takes in what another pane holds. */
  merge(into: Pane, from: Pane): void {
    if (!from.filled) return;
    if (!into.filled) {
      into.value = from.value;
      this.#part.resize(into, from.valueBytes);
    } else if (this.#fold === undefined || this.#evictor !== undefined) {
      const rows = into.value as unknown[];
      for (const row of from.value as unknown[]) rows.push(row);
      this.#part.resize(into, into.valueBytes + from.valueBytes);
    } else {
      into.value = this.#fold.merge(into.value, from.value);
      this.#part.resize(into, estimateBytes(into.value));
    }
    into.filled = true;
  }

  /** Drops what the pane holds. */
  purge(pane: Pane): void {
    pane.value = undefined;
    pane.filled = false;
    pane.folded = 0;
    pane.lookAt = 1;
    this.#part.resize(pane, 0);
  }

  /** The window's function, or its fold's result; nothing when it holds nothing. */
  fire(id: number, pane: Pane): void {
    if (!pane.filled) return;
    const context = this.#context.at(id, pane);
    this.out.timestamp = pane.window.end - 1;
    const evictor = this.#evictor;
    if (evictor === undefined) {
      if (this.#fold === undefined) this.#process(pane.value as unknown[]);
      else this.#emit(this.#fold.result(pane.value, context));
      return;
    }
    const held = pane.value as readonly WindowRow[];
    const seen = evictor.evictBefore?.(held, context) ?? held;
    this.#emitRows(seen);
    const left = evictor.evictAfter?.(seen, context) ?? seen;
    if (left === held) return;
    if (left.length === 0) return this.purge(pane);
    pane.value = [...left];
    this.#part.resize(pane, estimateBytes(pane.value));
  }

  /** Tells the window's function that the window is dropped. */
  clear(id: number, pane: Pane): void {
    this.#fn?.clear?.(this.#context.at(id, pane));
  }

  /** Rows that were kept for the evictor's sake, folded now. */
  #emitRows(rows: readonly WindowRow[]): void {
    const fold = this.#fold;
    if (fold === undefined) return this.#process(rows.map(({ row }) => row));
    const context = this.#context;
    const [first, ...others] = rows;
    if (first === undefined) {
      if (fold.empty !== undefined) this.#emit(fold.empty(context));
      return;
    }
    let folded = fold.first(first.row, first.timestamp);
    for (const { row, timestamp } of others) folded = fold.add(folded, row, timestamp);
    this.#emit(fold.result(folded, context));
  }

  #emit(result: unknown): void {
    if (this.#fn === undefined) this.out.collect(result);
    else this.#process([result]);
  }

  #process(rows: readonly unknown[]): void {
    this.#fn!.process(rows, this.#context, this.out);
  }

  #push(pane: Pane, row: unknown, bytes: number): void {
    if (!pane.filled) pane.value = [];
    (pane.value as unknown[]).push(row);
    this.#part.resize(pane, pane.valueBytes + bytes);
  }
}
