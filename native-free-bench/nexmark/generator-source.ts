/**
 * Nexmark's events as sources of a job: all of them in one stream, or one kind.
 *
 * Laws: those of every source. A split is a range of event numbers, so splits depend on the options alone; its rows do not
 * depend on the parallelism or on other splits. A source of one kind gives what is left of the stream of all
 * when the other kinds are taken out.
 */

import type { RecordType } from 'millrace';
import type { Source, SourceContext, SourceReader, Split } from 'millrace/connectors';
import { nexmarkConfig } from './generator-config.ts';
import type { NexmarkConfig, NexmarkOptions } from './generator-config.ts';
import { Auction, Bid, EventKind, NexmarkEvent, Person } from './generator-records.ts';
import type { Selection } from './generator-records.ts';
import { GeneratingReader } from './generator-reader.ts';
import type { AnyRow } from './generator-reader.ts';
import { pageOf, ReplayingReader } from './generator-replay.ts';
import { EventMachine } from './generator-rows.ts';
import { Pacer } from './generator-pace.ts';

/** Options of the sources. */
export interface NexmarkSourceOptions extends NexmarkOptions {
  /**
   * Whether the rows are made when the source opens, kept in memory by the worker thread and replayed as views without being decoded:
   * what is measured then is the engine and not the generator. About 250 bytes an event. Default false.
   */
  readonly pregenerated?: boolean;
  /** Events of one split; default 65,536: 6.5 s of event time at the default rate. */
  readonly splitEvents?: number;
  /** Most events per second of wall-clock time over all subtasks, all kinds counted; default unlimited. */
  readonly eventsPerSecond?: number;
}

/** Events of one split by default. */
export const SPLIT_EVENTS = 65_536;

/**
 * All events in one stream; rows have one of `person`, `auction` and `bid`, the others are null.
 *
 * @throws RangeError an option is out of its range
 * @example
 * const events = env.fromSource(nexmark({ events: 1_000_000 }), boundedOutOfOrderness((e) => e.dateTime, '4s'));
 * const bids = events.filter((e) => e.bid !== null).map((e) => e.bid!, Bid);
 */
export function nexmark(options: NexmarkSourceOptions): Source<NexmarkEvent> {
  return source('nexmark', NexmarkEvent, 'all', options);
}

/**
 * All events, each kind as an output of its own: bids are the main output, `auctions` and `persons` side outputs.
 *
 * @throws RangeError as {@link nexmark}
 */
export function nexmarkStreams(options: NexmarkSourceOptions): Source<Bid> {
  return source('nexmark-streams', Bid, 'streams', options);
}

/** The bids only: persons and auctions are not made. @throws RangeError as {@link nexmark} */
export function nexmarkBids(options: NexmarkSourceOptions): Source<Bid> {
  return source('nexmark-bids', Bid, EventKind.bid, options);
}

/** The auctions only. @throws RangeError as {@link nexmark} */
export function nexmarkAuctions(options: NexmarkSourceOptions): Source<Auction> {
  return source('nexmark-auctions', Auction, EventKind.auction, options);
}

/** The persons only. @throws RangeError as {@link nexmark} */
export function nexmarkPersons(options: NexmarkSourceOptions): Source<Person> {
  return source('nexmark-persons', Person, EventKind.person, options);
}

/** The splits of a configuration: ranges of event numbers. */
export function splitsOf(config: NexmarkConfig, splitEvents: number = SPLIT_EVENTS): Split[] {
  const splits: Split[] = [];
  for (let first = 0; first < config.events; first += splitEvents) {
    const events = Math.min(splitEvents, config.events - first);
    splits.push({ id: `from-${first}`, first, events });
  }
  return splits;
}

function source<T>(
  kind: string,
  type: RecordType<T>,
  selection: Selection,
  options: NexmarkSourceOptions,
): Source<T> {
  const config = nexmarkConfig(options);
  const { pregenerated = false, eventsPerSecond, splitEvents = SPLIT_EVENTS } = options;
  if (!(Number.isSafeInteger(splitEvents) && splitEvents >= 1)) {
    throw new RangeError(
      `nexmark: expected splitEvents to be an integer of at least 1, got ${splitEvents}`,
    );
  }
  if (eventsPerSecond !== undefined && !(eventsPerSecond > 0)) {
    throw new RangeError(
      `nexmark: expected eventsPerSecond to be a number > 0, got ${eventsPerSecond}`,
    );
  }
  const splits = splitsOf(config, splitEvents);
  // Of each subtask of this thread, for all its splits: what was compiled for the first one stays warm.
  const machines = new Map<number, EventMachine>();
  const open = (split: Split, context: SourceContext, position: unknown): SourceReader<AnyRow> => {
    const { subtaskIndex } = context;
    const machine = machines.get(subtaskIndex) ?? new EventMachine(config);
    machines.set(subtaskIndex, machine);
    const done = typeof position === 'number' ? position : 0;
    const page = pregenerated
      ? pageOf(machine, config, selection, splits, split, context)
      : undefined;
    const share = page === undefined ? 1 : page.rows / Number(split['events']);
    const pacer = pacerOf(eventsPerSecond, share, splits.length, context);
    return page === undefined
      ? new GeneratingReader(machine, config, selection, split, done, pacer)
      : new ReplayingReader(machine, selection, page, done, pacer);
  };
  return {
    kind,
    params: { ...config, pregenerated, splitEvents, eventsPerSecond: eventsPerSecond ?? null },
    functions: {},
    type,
    bounded: true,
    async: false,
    maxParallelism: Math.max(1, splits.length),
    splits: async () => splits,
    // One reader for all selections: what it emits is of the type that the selection names.
    open: async (split, context, position) =>
      open(split, context, position) as unknown as SourceReader<T>,
  };
}

/** @param share of the events that the reader emits or looks at */
function pacerOf(
  eventsPerSecond: number | undefined,
  share: number,
  splits: number,
  context: SourceContext,
): Pacer {
  if (eventsPerSecond === undefined) return new Pacer(undefined);
  const readers = Math.min(context.parallelism, splits);
  const eventsPerMs = (eventsPerSecond / 1000 / readers) * share;
  return new Pacer({ eventsPerMs, nowMs: () => context.monotonicMs() });
}
