/** Reads one split by making its events: each is written as a row and emitted as a view. */

import type { PollStatus, SourceOutput, SourceReader, Split } from 'millrace/connectors';
import type { NexmarkConfig } from './generator-config.ts';
import { kindOf } from './generator.ts';
import { ArrivalOrder } from './generator-order.ts';
import type { Pacer } from './generator-pace.ts';
import { AUCTIONS, EventKind, PERSONS } from './generator-records.ts';
import type { Auction, Bid, NexmarkEvent, Person, Selection } from './generator-records.ts';
import type { EventMachine, EventViews } from './generator-rows.ts';

/** Events looked at in one poll, for each row that may be emitted: a source of persons passes over 49 of 50. */
const EVENTS_PER_ROW = 50;

/** What a reader may emit. */
export type AnyRow = NexmarkEvent | Person | Auction | Bid;

/** Position: events of the split that have arrived, also those of other kinds. */
export class GeneratingReader implements SourceReader<AnyRow> {
  readonly #machine: EventMachine;
  readonly #order: ArrivalOrder;
  readonly #selection: Selection;
  readonly #events: number = 0;
  readonly #pacer: Pacer;
  #done = 0;

  constructor(
    machine: EventMachine,
    config: NexmarkConfig,
    selection: Selection,
    split: Split,
    done: number,
    pacer: Pacer,
  ) {
    this.#events = Number(split['events']);
    this.#order = new ArrivalOrder(config, Number(split['first']), this.#events);
    this.#machine = machine;
    machine.views.bind(machine.memory);
    this.#selection = selection;
    this.#pacer = pacer;
    this.#done = done;
  }

  poll(output: SourceOutput<AnyRow>, maxRows: number): PollStatus {
    const events = this.#events;
    const start = this.#done;
    const granted = this.#pacer.grant(Math.min(events - start, maxRows * EVENTS_PER_ROW));
    if (granted < 1 && start < events) return 'waiting';
    const order = this.#order;
    const selection = this.#selection;
    const end = start + granted;
    let done = start;
    for (let rows = 0; done < end && rows < maxRows && !output.full; done++) {
      const id = order.idOf(done);
      if (typeof selection === 'number' && selection !== kindOf(id)) continue;
      this.#emit(id, selection, output);
      rows++;
    }
    this.#done = done;
    this.#pacer.take(done - start);
    return done < events ? 'more' : 'end';
  }

  waitMs(): number {
    return this.#pacer.waitMs();
  }

  position(): number {
    return this.#done;
  }

  progress(): { readonly done: number; readonly total: number } {
    return { done: this.#done, total: this.#events };
  }

  #emit(id: number, selection: Selection, output: SourceOutput<AnyRow>): void {
    const { generator, writer, views, memory } = this.#machine;
    generator.load(id);
    writer.write(memory, 0);
    emitRow(views, selection, generator.kind, 0, output);
  }
}

/** Emits the row behind the header at `at`. */
export function emitRow(
  views: EventViews,
  selection: Selection,
  kind: EventKind,
  at: number,
  output: SourceOutput<AnyRow>,
): void {
  if (selection === 'streams') {
    if (kind === EventKind.bid) output.emit(views.bidAt(at));
    else if (kind === EventKind.auction) output.emitSide(AUCTIONS, views.auctionAt(at));
    else output.emitSide(PERSONS, views.personAt(at));
  } else if (selection === EventKind.bid) output.emit(views.bidAt(at));
  else if (selection === 'all') output.emit(views.show(kind, at));
  else if (selection === EventKind.auction) output.emit(views.auctionAt(at));
  else output.emit(views.personAt(at));
}
