import { expect, test } from 'vitest';
import {
  callback,
  collect,
  discard,
  driverChannelName,
  parseDriverChannel,
  print,
  table,
} from '../../src/connectors/index.ts';
import { i32, record, utf8 } from '../../src/record/index.ts';
import { sinkContext, writeAll } from '../support/connector-harness.ts';

/** A driver that takes batches only when told to. */
function slowDriver(): {
  readonly batches: (readonly unknown[])[];
  readonly take: (() => void)[];
  readonly toDriver: (channel: string, batch: readonly unknown[]) => Promise<void>;
} {
  const batches: (readonly unknown[])[] = [];
  const take: (() => void)[] = [];
  return {
    batches,
    take,
    toDriver: (_channel, batch) => {
      batches.push(batch);
      return new Promise((resolve) => take.push(resolve));
    },
  };
}

test('collect sends copies in order, at most four batches of 1024 ahead of the driver', async () => {
  const driver = slowDriver();
  const writer = collect('all').createWriter(sinkContext({ toDriver: driver.toDriver }));
  const reused = { n: 0 };
  let written = 0;
  while (writer.ready?.() === true) {
    reused.n = written++;
    writer.write(reused, 0);
  }
  expect([written, driver.batches.length]).toEqual([4096, 4]);
  writer.flush?.();
  expect(driver.batches).toHaveLength(4);
  const room = writer.whenReady?.();
  driver.take[0]!();
  await room;
  expect(writer.ready?.()).toBe(true);
  writer.write({ n: 4096 }, 0);
  const closed = writer.close(false);
  driver.take.slice(1).forEach((take) => take());
  await Promise.resolve();
  while (driver.batches.length < 5) await new Promise((resolve) => setImmediate(resolve));
  driver.take[4]!();
  await closed;
  expect(driver.batches.flat()).toEqual(Array.from({ length: 4097 }, (_, n) => ({ n })));
});

test('rows before a barrier are sent when it passes, and those behind it carry its number', async () => {
  const sent: [string, readonly unknown[]][] = [];
  const toDriver = (channel: string, batch: readonly unknown[]): Promise<void> => {
    sent.push([channel, batch]);
    // The driver takes nothing: a barrier does not wait for that.
    return new Promise(() => undefined);
  };
  for (const sink of [collect('all'), table('all'), print()]) {
    const writer = sink.createWriter(sinkContext({ toDriver }));
    for (let checkpoint = 1; checkpoint < 3; checkpoint++) {
      writer.write(`${checkpoint}`, 0);
      expect(writer.snapshot!()).toBeUndefined();
      expect(writer.prepareCommit!(checkpoint)).toBeUndefined();
      expect(sent.at(-1)).toMatchObject([expect.anything(), { length: 1 }]);
    }
    writer.snapshot!();
  }
  expect(sent).toEqual([
    ['collect:all', ['1']],
    ['collect@1:all', ['2']],
    ['table:["all"]', [{ kind: 0, row: '1' }]],
    ['table@1:["all"]', [{ kind: 0, row: '2' }]],
    ['print:stdout', ['1']],
    ['print:stdout', ['2']],
  ]);
});

test('a barrier of an async callback waits for the rows before it, not for those behind it', async () => {
  const calls: PromiseWithResolvers<void>[] = [];
  const sink = callback<number>(
    async () => {
      const call = Promise.withResolvers<void>();
      calls.push(call);
      await call.promise;
    },
    { concurrency: 2 },
  );
  const writer = sink.createWriter(sinkContext());
  const settled: string[] = [];
  const barrier = (name: string): Promise<void> =>
    writer.prepareCommit!(1)!.then(
      () => void settled.push(name),
      () => void settled.push(`${name} failed`),
    );
  for (const row of [1, 2, 3]) writer.write(row, 0);
  const first = barrier('first');
  writer.write(4, 0);
  const second = barrier('second');
  calls[1]!.resolve();
  calls[0]!.resolve();
  while (calls.length < 4) await new Promise((resolve) => setImmediate(resolve));
  expect(settled).toEqual([]);
  calls[2]!.resolve();
  await first;
  expect(settled).toEqual(['first']);
  calls[3]!.reject(new Error('no'));
  await second;
  expect(settled).toEqual(['first', 'second failed']);
  await expect(writer.prepareCommit!(2)).rejects.toMatchObject({ code: 'ERR_CONNECTORS_CALLBACK' });
  const idle = callback<number>(async () => {}).createWriter(sinkContext());
  expect(idle.prepareCommit!(1)).toBeUndefined();
});

test('a driver that refuses a batch fails the sink', async () => {
  const toDriver = async (): Promise<void> => {
    throw new Error('gone');
  };
  await expect(writeAll(collect(), [1], sinkContext({ toDriver }))).rejects.toThrow('gone');
});

test('print makes one line a row, with the prefix and the number of the subtask', async () => {
  const sent: [string, readonly unknown[]][] = [];
  const toDriver = async (channel: string, batch: readonly unknown[]): Promise<void> => {
    sent.push([channel, batch]);
  };
  const type = record('P', { n: i32, s: utf8 });
  const context = sinkContext({ type, toDriver, subtaskIndex: 1, parallelism: 2 });
  await writeAll(print({ prefix: 'late', to: 'stderr' }), [{ n: 1, s: 'a' }], context);
  await writeAll(print(), ['text', { big: 1n }], sinkContext({ toDriver }));
  expect(sent).toEqual([
    ['print:stderr', ['late:2> {"n":1,"s":"a"}']],
    ['print:stdout', ['text', '{"big":"1"}']],
  ]);
});

test('channels have names that can be read back', () => {
  for (const channel of [
    { kind: 'print', to: 'stdout' },
    { kind: 'print', to: 'stderr' },
    { kind: 'collect', name: 'a:b' },
    { kind: 'collect', name: '@1:b', epoch: 12 },
    { kind: 'table', name: 't', key: ['a'], epoch: 3 },
  ] as const) {
    expect(parseDriverChannel(driverChannelName(channel))).toEqual(channel);
  }
  expect(parseDriverChannel('other')).toBeUndefined();
});

test('a callback is called for every row, and its error fails the job', async () => {
  const seen: number[] = [];
  await writeAll(
    callback<number>((row) => void seen.push(row)),
    [1, 2, 3],
  );
  expect(seen).toEqual([1, 2, 3]);
  const failing = callback<number>(() => {
    throw new Error('no');
  });
  await expect(writeAll(failing, [1])).rejects.toMatchObject({ code: 'ERR_CONNECTORS_CALLBACK' });
  const promising = callback<number>((() => Promise.resolve()) as () => void);
  await expect(writeAll(promising, [1])).rejects.toMatchObject({ code: 'ERR_CONNECTORS_OPTION' });
});

test('an async callback has at most its concurrency under way, and is awaited at the end', async () => {
  let underWay = 0;
  let most = 0;
  const done: number[] = [];
  const sink = callback<number>(
    async (row) => {
      most = Math.max(most, ++underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      done.push(row);
    },
    { concurrency: 3 },
  );
  expect(sink.async).toBe(true);
  await writeAll(sink, [1, 2, 3, 4, 5, 6, 7]);
  expect([done.length, most]).toEqual([7, 3]);
  const rejecting = callback<number>(async () => {
    throw new Error('refused');
  });
  await expect(writeAll(rejecting, [1, 2])).rejects.toMatchObject({
    code: 'ERR_CONNECTORS_CALLBACK',
    cause: expect.objectContaining({ message: 'refused' }),
  });
});

test('discard takes everything', async () => {
  await expect(writeAll(discard(), [1, 2, 3])).resolves.toBeUndefined();
});
