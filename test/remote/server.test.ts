/** Control sockets of this machine: who finds them, who may reach them, what becomes of those of dead processes. */

import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { EngineError } from '../../src/base/index.ts';
import {
  callEngine,
  entriesIn,
  RemoteServer,
  runningEngines,
  runtimeFolder,
} from '../../src/remote/index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const path = temporaryFolder();
const folder = path('sockets');
const none = async (): Promise<unknown> => [];

describe('an engine that listens', () => {
  test('is found by its folder, answers, and is gone when it closed', async () => {
    const server = await RemoteServer.open(
      async ({ call }) => (call === 'list' ? [] : null),
      folder,
    );
    const { engines, silent } = await runningEngines(folder);
    expect(engines).toEqual([{ entry: server.entry, jobs: [] }]);
    expect(silent).toEqual([]);
    expect(await callEngine(server.entry, { call: 'cancel', job: 1 })).toBeNull();
    await server.close();
    expect(await runningEngines(folder)).toEqual({ engines: [], silent: [] });
    await expect(callEngine(server.entry, { call: 'list' })).rejects.toMatchObject({
      code: 'ERR_REMOTE_SOCKET',
    });
  });

  test('answers with the error that a call ended with', async () => {
    const server = await RemoteServer.open(async () => {
      throw new EngineError('ERR_CONTROL_JOB', { job: 7 });
    }, folder);
    await expect(callEngine(server.entry, { call: 'cancel', job: 7 })).rejects.toMatchObject({
      code: 'ERR_CONTROL_JOB',
      message: expect.stringContaining('7') as string,
    });
    await server.close();
  });

  test('sends the answers under way before it closes', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<null>();
    const server = await RemoteServer.open(() => {
      asked.resolve();
      return answer.promise;
    }, folder);
    const call = callEngine(server.entry, { call: 'cancel', job: 0 });
    await asked.promise;
    const closed = server.close();
    answer.resolve(null);
    expect(await call).toBeNull();
    await closed;
  });

  test('answers nonsense with an error and goes on', async () => {
    const server = await RemoteServer.open(none, folder);
    const said = await new Promise<string>((resolve) => {
      const socket = connect(server.entry.address, () => socket.write('nonsense\n'));
      socket.once('data', (bytes) => {
        resolve(String(bytes));
        socket.destroy();
      });
    });
    expect(said).toContain('ERR_REMOTE_MESSAGE');
    expect(await callEngine(server.entry, { call: 'list' })).toEqual([]);
    await server.close();
  });

  test.runIf(process.platform !== 'win32')('can be reached by its user alone', async () => {
    const server = await RemoteServer.open(none, folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(server.entry.address).mode & 0o777).toBe(0o600);
    await server.close();
  });
});

describe('what dead processes left', () => {
  const dead = (where: string): string => {
    mkdirSync(where, { recursive: true });
    const address = join(where, 'engine-1-aa.sock');
    writeFileSync(address, '');
    writeFileSync(join(where, 'engine-1-aa.json'), JSON.stringify({ pid: 1, address }));
    return address;
  };

  test.runIf(process.platform !== 'win32')('is removed by whoever looks', async () => {
    const where = path('left');
    const address = dead(where);
    expect(await entriesIn(where)).toHaveLength(1);
    expect(await runningEngines(where)).toEqual({ engines: [], silent: [] });
    expect([existsSync(address), await entriesIn(where)]).toEqual([false, []]);
  });

  test.runIf(process.platform !== 'win32')('is removed by the next engine', async () => {
    const where = path('next');
    const address = dead(where);
    const server = await RemoteServer.open(none, where);
    expect([existsSync(address), await entriesIn(where)]).toEqual([false, [server.entry]]);
    await server.close();
  });

  test('an entry that cannot be read is passed over', async () => {
    const where = path('odd');
    mkdirSync(where);
    writeFileSync(join(where, 'engine-1-bb.json'), '{');
    expect(await entriesIn(where)).toEqual([]);
  });
});

describe('the folder', () => {
  test('is that of the session where there is one', () => {
    expect(runtimeFolder({ XDG_RUNTIME_DIR: '/run/user/1' })).toBe(join('/run/user/1', 'millrace'));
    expect(runtimeFolder({ XDG_RUNTIME_DIR: 'relative' })).toBe(runtimeFolder({}));
  });

  test('that is a file is refused', async () => {
    const where = path('file', 'x');
    await expect(RemoteServer.open(none, where)).rejects.toMatchObject({
      code: 'ERR_REMOTE_FOLDER',
    });
  });

  test.runIf(process.platform !== 'win32')('with too long a path is refused', async () => {
    const where = path('d'.repeat(120));
    await expect(RemoteServer.open(none, where)).rejects.toMatchObject({
      code: 'ERR_REMOTE_FOLDER',
      message: expect.stringContaining('bytes') as string,
    });
  });
});
