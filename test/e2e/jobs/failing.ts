/** A job whose user functions throw; the parameters say where, and what. */

import { boundedOutOfOrderness, f64, i32, job, record } from 'millrace';
import { callback, discard, fromAsyncIterable, generator } from 'millrace/connectors';

interface Reading {
  key: number;
  value: number;
}

const ReadingRow = record('Reading', { key: i32, value: f64 });
const SUSPECT = 700;

export default job('failing', (env) => {
  const { where, what } = env.parameters;
  const at = (place: string, row: { value: number }): void => {
    if (where === place && row.value === SUSPECT) throw thrown(what);
  };
  const count = env.parameters['rows'] === undefined ? 2000 : Number(env.parameters['rows']);

  if (where === 'iterable') {
    env.fromSource(fromAsyncIterable(() => rejecting(thrown(what)))).sinkTo(discard());
    return;
  }

  env
    .fromSource(
      generator<Reading>({
        type: ReadingRow,
        count,
        splits: 2,
        row: (i, out) => {
          out.key = i % 5;
          out.value = i;
          at('generator', out);
          return out;
        },
      }),
      boundedOutOfOrderness((row) => {
        at('timestamp', row);
        return row.value;
      }, 0),
    )
    .filter((row) => {
      at('filter', row);
      if (where === 'both' && row.value % 1000 === 500) throw new Error(`both ${row.value}`);
      return true;
    })
    .map((row) => {
      at('map', row);
      return { key: row.key, value: row.value };
    }, ReadingRow)
    .keyBy((row) => {
      at('keyBy', row);
      return row.key;
    })
    .reduce((a, b) => {
      at('reduce', b);
      return { key: a.key, value: b.value };
    })
    .process<Reading>(
      {
        open() {
          if (where === 'open') throw thrown(what);
        },
        processElement(row, _, out) {
          at('process', row);
          out.collect({ key: row.key, value: row.value });
        },
        onWatermark(watermark) {
          if (where === 'watermark' && watermark > SUSPECT) throw thrown(what);
        },
        finish() {
          if (where === 'finish') throw thrown(what);
        },
        close() {
          if (where === 'close') throw thrown(what);
          if (where === 'map' && what === 'close too') throw new Error('close after map');
        },
      },
      ReadingRow,
    )
    .sinkTo(
      where === 'asyncSink'
        ? callback(async (row: Reading) => {
            await Promise.resolve();
            at('asyncSink', row);
          })
        : callback((row: Reading) => at('sink', row)),
    );
});

function thrown(what: unknown): unknown {
  switch (what) {
    case 'text':
      return 'just a text';
    case 'nothing':
      return undefined;
    case 'bare':
      return Object.create(null);
    case 'trap':
      return new Proxy(new Error('trap'), {
        get(target, key) {
          if (key === 'message' || key === 'name' || key === 'stack') throw new Error('trapped');
          return Reflect.get(target, key);
        },
      });
    case 'cyclic': {
      const error: Error & { self?: unknown } = new Error('cyclic');
      error.self = error;
      error.cause = error;
      return error;
    }
    default:
      return new RangeError('boom');
  }
}

async function* rejecting(error: unknown): AsyncGenerator<number> {
  yield 1;
  yield 2;
  await Promise.resolve();
  throw error;
}
