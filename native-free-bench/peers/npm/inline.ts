/** Peers that work in the thread that holds the events: a loop written by hand, node:stream, rxjs, most, d2ts. */

import { Readable, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Bid } from '../../nexmark/generator-records.ts';
import { TASKS, tallyOf } from './task.ts';
import type { PeerRun, RunPeer, Task, Tally } from './task.ts';

type Work = (bids: readonly Bid[], task: Task, emit: Tally['emit']) => void | Promise<void>;

/** Rows that d2ts takes as one version of its input. */
const VERSION_ROWS = 1000;

export async function loop(): Promise<RunPeer> {
  return runner((bids, { keep, map }, emit) => {
    for (const bid of bids) if (keep(bid)) emit(map(bid));
  });
}

export async function nodeStream(): Promise<RunPeer> {
  return runner((bids, { keep, map }, emit) =>
    pipeline(
      Readable.from(bids),
      new Transform({
        objectMode: true,
        transform: (bid: Bid, _encoding, done) => {
          if (keep(bid)) done(null, map(bid));
          else done();
        },
      }),
      new Writable({
        objectMode: true,
        write: (row: unknown, _encoding, done) => {
          emit(row);
          done();
        },
      }),
    ),
  );
}

/** What is used of rxjs. */
interface Rxjs {
  readonly from: (items: Iterable<Bid>) => { pipe(...steps: unknown[]): Observable };
  readonly filter: (keep: (bid: Bid) => boolean) => unknown;
  readonly map: (map: (bid: Bid) => unknown) => unknown;
}
interface Observable {
  subscribe(take: (row: unknown) => void): void;
}

export async function rxjs(): Promise<RunPeer> {
  const { from, filter, map: mapped } = await packageOf<Rxjs>('rxjs');
  return runner((bids, { keep, map }, emit) => {
    from(bids).pipe(filter(keep), mapped(map)).subscribe(emit);
  });
}

/** What is used of most. */
interface MostStream {
  filter(keep: (bid: Bid) => boolean): MostStream;
  map(map: (bid: Bid) => unknown): MostStream;
  observe(take: (row: unknown) => void): Promise<void>;
}

export async function most(): Promise<RunPeer> {
  const { from } = await packageOf<{ readonly from: (items: readonly Bid[]) => MostStream }>(
    'most',
  );
  return runner((bids, { keep, map }, emit) => from(bids).filter(keep).map(map).observe(emit));
}

/** What is used of d2ts. */
interface D2ts {
  D2: new (options: { initialFrontier: number }) => {
    newInput(): {
      pipe(...steps: unknown[]): unknown;
      sendData(version: number, rows: readonly (readonly [Bid, number])[]): void;
      sendFrontier(version: number): void;
    };
    finalize(): void;
    run(): void;
  };
  MessageType: { readonly DATA: number };
  readonly filter: (keep: (bid: Bid) => boolean) => unknown;
  readonly map: (map: (bid: Bid) => unknown) => unknown;
  readonly output: (take: (message: D2Message) => void) => unknown;
}
interface D2Message {
  readonly type: number;
  readonly data: { readonly collection: { getInner(): readonly (readonly [unknown, number])[] } };
}

export async function d2ts(): Promise<RunPeer> {
  const {
    D2,
    MessageType,
    filter,
    map: mapped,
    output,
  } = await packageOf<D2ts>('@electric-sql/d2ts');
  return runner((bids, { keep, map }, emit) => {
    const graph = new D2({ initialFrontier: 0 });
    const input = graph.newInput();
    const take = ({ type, data }: D2Message): void => {
      if (type !== MessageType.DATA) return;
      for (const [row] of data.collection.getInner()) emit(row);
    };
    input.pipe(filter(keep), mapped(map), output(take));
    graph.finalize();
    for (let from = 0, version = 0; from < bids.length; from += VERSION_ROWS, version++) {
      input.sendData(
        version,
        bids.slice(from, from + VERSION_ROWS).map((bid) => [bid, 1] as const),
      );
      input.sendFrontier(version + 1);
      graph.run();
    }
  });
}

/** A package of this folder. @throws Error it is not installed */
export async function packageOf<T>(name: string): Promise<T> {
  return (await import(name)) as T;
}

function runner(work: Work): RunPeer {
  return async ({ query, bids, checked }: PeerRun) => {
    const tally = tallyOf(query, checked);
    await work(bids, TASKS[query]!, tally.emit);
    return tally.result();
  };
}
