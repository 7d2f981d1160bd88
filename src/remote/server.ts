/** Listens for requests to one engine on a socket of its own. Owner: main thread. */

import { chmod } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

import { EngineError, thrownMessage, toEngineError } from '../base/index.ts';
import { removeStale } from './client.ts';
import { LineReader } from './lines.ts';
import { answerLine, parseRequest } from './protocol.ts';
import type { RemoteCall } from './protocol.ts';
import { newEntry, ownFolder, putEntry, removeEntry, runtimeFolder } from './runtime-folder.ts';
import type { EngineEntry } from './runtime-folder.ts';

/** Does what a call asks for and gives its result, which must be JSON. What it throws goes to the caller. */
export type RemoteHandler = (call: RemoteCall) => Promise<unknown>;

/** Number of a request that could not be read. */
const NO_ID = -1;

/** A control socket; only the user whose process it is can reach it. */
export class RemoteServer {
  readonly entry: EngineEntry;
  readonly #server: Server;
  readonly #sockets: Set<Socket> = new Set();
  readonly #handler: RemoteHandler;
  /** Answers that are not sent yet. */
  readonly #answers: Set<Promise<void>> = new Set();

  private constructor(entry: EngineEntry, handler: RemoteHandler) {
    this.entry = entry;
    this.#handler = handler;
    this.#server = createServer((socket) => this.#serve(socket));
    // Whoever may be listened to is no reason for a process to go on.
    this.#server.unref();
  }

  /**
   * Listens, and makes itself known. What dead processes left in the folder is removed.
   *
   * @param folder for the sockets of this user; default: {@link runtimeFolder}
   * @throws ERR_REMOTE_FOLDER, ERR_REMOTE_SOCKET
   * @example
   * const server = await RemoteServer.open(async ({ call }) => (call === 'list' ? [] : null));
   */
  static async open(
    handler: RemoteHandler,
    folder: string = runtimeFolder(),
  ): Promise<RemoteServer> {
    await ownFolder(folder);
    await removeStale(folder);
    const server = new RemoteServer(newEntry(folder), handler);
    await server.#listen();
    return server;
  }

  /** Forgets the entry, waits for the answers under way and takes no more requests. Never throws. */
  async close(): Promise<void> {
    await removeEntry(this.entry).catch(() => undefined);
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    await Promise.all(this.#answers);
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #listen(): Promise<void> {
    const { address } = this.entry;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#server.once('error', reject);
        this.#server.listen(address, () => {
          this.#server.off('error', reject);
          resolve();
        });
      });
      // A connection that could not be accepted is its caller's loss.
      this.#server.on('error', () => undefined);
      if (process.platform !== 'win32') await chmod(address, 0o600);
      await putEntry(this.entry);
    } catch (cause) {
      this.#server.close();
      throw new EngineError(
        'ERR_REMOTE_SOCKET',
        { action: 'listen on', address, reason: thrownMessage(cause) },
        { cause },
      );
    }
  }

  #serve(socket: Socket): void {
    const reader = new LineReader();
    this.#sockets.add(socket);
    socket.unref();
    socket.on('close', () => this.#sockets.delete(socket));
    // Who asked is gone: nobody waits for the answer.
    socket.on('error', () => undefined);
    socket.on('data', (piece: Uint8Array) => {
      try {
        for (const line of reader.push(piece)) {
          const answer = this.#answer(socket, line);
          this.#answers.add(answer);
          void answer.then(() => this.#answers.delete(answer));
        }
      } catch (thrown) {
        const error = toEngineError(thrown).toPlain();
        socket.end(answerLine({ id: NO_ID, error }));
      }
    });
  }

  async #answer(socket: Socket, line: string): Promise<void> {
    let id = NO_ID;
    let text: string;
    try {
      const request = parseRequest(line);
      id = request.id;
      text = answerLine({ id, result: await this.#handler(request.call) });
    } catch (thrown) {
      text = answerLine({ id, error: toEngineError(thrown).toPlain() });
    }
    if (socket.destroyed) return;
    await new Promise<void>((resolve) => {
      // Also called when the other end went away.
      socket.write(text, () => resolve());
    });
  }
}
