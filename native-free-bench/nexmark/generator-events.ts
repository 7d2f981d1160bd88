/** Events as plain objects that may be kept: for models and tests, not for speed. */

import { nexmarkConfig } from './generator-config.ts';
import type { NexmarkOptions } from './generator-config.ts';
import { ArrivalOrder } from './generator-order.ts';
import type { Auction, Bid, Person } from './generator-records.ts';
import { EventMachine } from './generator-rows.ts';
import { splitsOf } from './generator-source.ts';

/** One event; exactly one of the three is there. */
export interface PlainEvent {
  readonly dateTime: number;
  readonly person: Person | null;
  readonly auction: Auction | null;
  readonly bid: Bid | null;
}

/**
 * All events in the order in which one subtask of a source emits them.
 *
 * @throws RangeError an option is out of its range
 * @example
 * const bids = plainEvents({ events: 1000 }).filter(({ bid }) => bid !== null).length; // 920
 */
export function plainEvents(options: NexmarkOptions): PlainEvent[] {
  const config = nexmarkConfig(options);
  const { generator, writer, views, memory } = new EventMachine(config);
  views.bind(memory);
  const events: PlainEvent[] = [];
  for (const split of splitsOf(config)) {
    const count = Number(split['events']);
    const order = new ArrivalOrder(config, Number(split['first']), count);
    for (let arrival = 0; arrival < count; arrival++) {
      generator.load(order.idOf(arrival));
      writer.write(memory, 0);
      const { dateTime, person, auction, bid } = views.show(generator.kind, 0);
      events.push({
        dateTime,
        person: (person?.copy() as Person | undefined) ?? null,
        auction: (auction?.copy() as Auction | undefined) ?? null,
        bid: (bid?.copy() as Bid | undefined) ?? null,
      });
    }
  }
  return events;
}
