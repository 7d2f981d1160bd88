/**
 * Rows made before the clock starts: each split once, as rows side by side in a memory of the worker thread, replayed as views.
 *
 * A thread keeps the pages of one configuration, so that a job submitted again to the same engine finds them.
 */

import type {
  PollStatus,
  SourceContext,
  SourceOutput,
  SourceReader,
  Split,
} from 'millrace/connectors';
import { Memory } from '#src/record/index';
import type { NexmarkConfig } from './generator-config.ts';
import { kindOf } from './generator.ts';
import { ArrivalOrder } from './generator-order.ts';
import type { Pacer } from './generator-pace.ts';
import { emitRow } from './generator-reader.ts';
import type { AnyRow } from './generator-reader.ts';
import type { EventKind, Selection } from './generator-records.ts';
import { HEADER_BYTES, ROW_BYTES_MAX } from './generator-rows.ts';
import type { EventMachine, EventViews } from './generator-rows.ts';

/** Rows of one split, in the order of their arrival. */
export interface Page {
  readonly memory: Memory;
  readonly rows: number;
  /** Without the unused end of the memory. */
  readonly bytes: number;
}

let keptConfig = '';
const kept = new Map<string, Page>();

/** The page of a split; the first call makes those of all splits that the subtask will read. */
export function pageOf(
  machine: EventMachine,
  config: NexmarkConfig,
  selection: Selection,
  splits: readonly Split[],
  split: Split,
  { subtaskIndex, parallelism }: Pick<SourceContext, 'subtaskIndex' | 'parallelism'>,
): Page {
  const text = JSON.stringify(config);
  if (text !== keptConfig) kept.clear();
  keptConfig = text;
  const nameOf = ({ id, events }: Split): string => `${selection} ${id} ${Number(events)}`;
  for (const [index, each] of splits.entries()) {
    if (index % parallelism !== subtaskIndex || kept.has(nameOf(each))) continue;
    kept.set(nameOf(each), makePage(machine, config, selection, each));
  }
  const found = kept.get(nameOf(split));
  // A split that another subtask should read: made alone.
  return found ?? makePage(machine, config, selection, split);
}

/** Makes the rows of one split. */
export function makePage(
  { generator, writer }: EventMachine,
  config: NexmarkConfig,
  selection: Selection,
  split: Split,
): Page {
  const events = Number(split['events']);
  const order = new ArrivalOrder(config, Number(split['first']), events);
  let memory = Memory.ofBytes(1 << 20);
  let at = 0;
  let rows = 0;
  for (let arrival = 0; arrival < events; arrival++) {
    const id = order.idOf(arrival);
    if (typeof selection === 'number' && selection !== kindOf(id)) continue;
    if (at + ROW_BYTES_MAX > memory.u8.length) memory = resized(memory, 2 * memory.u8.length);
    generator.load(id);
    at += writer.write(memory, at);
    rows++;
  }
  return { memory: resized(memory, at), rows, bytes: at };
}

function resized({ u8 }: Memory, bytes: number): Memory {
  const memory = Memory.ofBytes(bytes);
  memory.u8.set(u8.subarray(0, bytes));
  return memory;
}

/** Position: rows emitted. */
export class ReplayingReader implements SourceReader<AnyRow> {
  readonly #page: Page;
  readonly #views: EventViews;
  readonly #selection: Selection;
  readonly #pacer: Pacer;
  #at = 0;
  #done = 0;

  constructor(
    { views }: EventMachine,
    selection: Selection,
    page: Page,
    done: number,
    pacer: Pacer,
  ) {
    this.#selection = selection;
    this.#page = page;
    this.#views = views;
    views.bind(page.memory);
    this.#pacer = pacer;
    const { i32 } = page.memory;
    while (this.#done < done) {
      this.#at += HEADER_BYTES + i32[this.#at >> 2]!;
      this.#done++;
    }
  }

  poll(output: SourceOutput<AnyRow>, maxRows: number): PollStatus {
    const { memory, rows } = this.#page;
    const granted = this.#pacer.grant(Math.min(rows - this.#done, maxRows));
    if (granted < 1 && this.#done < rows) return 'waiting';
    const { i32 } = memory;
    const views = this.#views;
    const selection = this.#selection;
    let at = this.#at;
    let taken = 0;
    for (; taken < granted && !output.full; taken++) {
      const kind = i32[(at + 4) >> 2] as EventKind;
      const next = at + HEADER_BYTES + i32[at >> 2]!;
      emitRow(views, selection, kind, at, output);
      at = next;
    }
    this.#at = at;
    this.#done += taken;
    this.#pacer.take(taken);
    return this.#done < rows ? 'more' : 'end';
  }

  waitMs(): number {
    return this.#pacer.waitMs();
  }

  position(): number {
    return this.#done;
  }

  progress(): { readonly done: number; readonly total: number } {
    return { done: this.#done, total: this.#page.rows };
  }
}
