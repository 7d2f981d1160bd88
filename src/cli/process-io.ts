/** The surroundings of a command in a real process: its streams, signals and environment. */

import { exitCodeOfSignal } from './exit-codes.ts';
import type { CliIo, Output, StopSignal, StreamName } from './io.ts';

type Listener = (signal: StopSignal) => void;
type Capture = (stream: StreamName, text: string) => void;

/**
 * The process's own. Call once: it listens for a closed standard output, which without a listener ends the process as
 * SIGPIPE would end another program.
 */
export function processIo(): CliIo {
  const listeners = new Set<Listener>();
  const tell = (signal: StopSignal): void => {
    for (const listener of listeners) listener(signal);
  };
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') return;
    if (listeners.size === 0) process.exit(exitCodeOfSignal('SIGPIPE'));
    tell('SIGPIPE');
  });
  // Nobody reads what is wrong: that is no reason to stop.
  process.stderr.on('error', () => undefined);
  const onInterrupt = (): void => tell('SIGINT');
  const onTerminate = (): void => tell('SIGTERM');
  return {
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    onSignal: (listener) => {
      if (listeners.size === 0) {
        process.on('SIGINT', onInterrupt);
        process.on('SIGTERM', onTerminate);
      }
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        process.off('SIGINT', onInterrupt);
        process.off('SIGTERM', onTerminate);
      };
    },
    capture: (listener) => {
      const release = [divert('stdout', listener), divert('stderr', listener)];
      return () => {
        for (const restore of release) restore();
      };
    },
  };
}

/** Waits until what was written has left the process; a closed stream has nothing to wait for. */
export async function flushStreams(): Promise<void> {
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      stream.write('', () => resolve());
      return promise;
    }),
  );
}

function outputOf(stream: NodeJS.WriteStream): Output {
  // The stream's own method, not one that a capture puts in its place.
  const write = stream.write.bind(stream) as (text: string) => boolean;
  return {
    write: (text) => void write(text),
    isTTY: stream.isTTY ?? false,
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
    get rows() {
      return stream.isTTY ? stream.rows : undefined;
    },
  };
}

/** Puts a `write` in place that hands on text; returns what puts the old one back. */
function divert(name: StreamName, listener: Capture): () => void {
  const stream = process[name];
  const before = Object.getOwnPropertyDescriptor(stream, 'write');
  const decoder = new TextDecoder();
  const write = (
    chunk: string | Uint8Array,
    encodingOrDone?: BufferEncoding | ((error?: Error | null) => void),
    done?: (error?: Error | null) => void,
  ): boolean => {
    listener(name, typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }));
    const settled = typeof encodingOrDone === 'function' ? encodingOrDone : done;
    if (settled !== undefined) process.nextTick(settled);
    return true;
  };
  stream.write = write as typeof stream.write;
  return () => {
    // Usually there was none: the method is the prototype's.
    if (before === undefined) Reflect.deleteProperty(stream, 'write');
    else Object.defineProperty(stream, 'write', before);
  };
}
