import { expect, test } from 'vitest';
import {
  callback,
  collect,
  discard,
  driverChannelName,
  parseDriverChannel,
  print,
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
