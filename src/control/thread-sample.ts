/**
 * Looks into a worker thread that does not answer: stops it for a moment by the inspector, which reaches a thread in the
 * middle of a loop, a regular expression or a wait, and reads its stack. Main thread.
 *
 * Asked for the session of a thread, Node also lists the others; nothing is sent to those.
 */

import { Session } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { PROBE } from '../runtime/index.ts';
import type { StepPlace } from '../runtime/index.ts';

/** What was found. */
export interface ThreadSample {
  /** Innermost first: `function (file:line:column)`; empty when the thread could not be stopped. */
  readonly stack: readonly string[];
  /** The step it was in; undefined outside one. */
  readonly place: StepPlace | undefined;
  /** Why there is no stack. */
  readonly missing: string | undefined;
}

/** What a debugger says of a frame, as far as it is read here; lines and columns count from 0. */
interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly location: {
    readonly scriptId: string;
    readonly lineNumber: number;
    readonly columnNumber?: number;
  };
}

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: {
    readonly scriptId?: string;
    readonly url?: string;
    readonly callFrames?: readonly Frame[];
  };
  readonly result?: { readonly result?: { readonly value?: unknown } };
}

/**
 * Takes a sample; the thread goes on afterwards.
 *
 * A thread that is stopped while nobody is left to let it go hangs for ever, and cannot be ended either. So it is stopped only
 * when it has answered before, and from then on its session is kept until it goes on, whoever still waits.
 *
 * @param nodeThread `threadId` of the worker thread
 * @param timeoutMs for the answer, and for the stack
 */
export async function sampleThread(nodeThread: number, timeoutMs: number): Promise<ThreadSample> {
  const sample = stopAndLook(nodeThread, timeoutMs);
  return within(2 * timeoutMs, sample, () =>
    withoutStack(`the thread did not stop within ${2 * timeoutMs} ms`),
  );
}

async function stopAndLook(nodeThread: number, timeoutMs: number): Promise<ThreadSample> {
  const session = new Session();
  try {
    session.connect();
    const worker = new WorkerSession(session, nodeThread);
    await worker.attach();
    const look = watchFrames(worker);
    const answer = worker.ask('Debugger.enable').then(() => true);
    if (!(await within(timeoutMs, answer, () => false))) {
      return withoutStack(`the thread did not answer within ${timeoutMs} ms`);
    }
    return await look();
  } catch (error) {
    return withoutStack(error instanceof Error ? error.message : String(error));
  } finally {
    session.disconnect();
  }
}

/** What the promise gives, or `late` after `ms`. */
async function within<T>(ms: number, promise: Promise<T>, late: () => T): Promise<T> {
  const { promise: over, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(() => resolve(late()), ms);
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}

function withoutStack(missing: string): ThreadSample {
  return { stack: [], place: undefined, missing };
}

/** Listens from now on; what it gives stops the thread, looks, and lets it go. */
function watchFrames(worker: WorkerSession): () => Promise<ThreadSample> {
  const scripts = new Map<string, string>();
  const { promise: paused, resolve: onPaused } = Promise.withResolvers<readonly Frame[]>();
  const { promise: resumed, resolve: onResumed } = Promise.withResolvers<void>();
  worker.onEvent = ({ method, params }) => {
    if (method === 'Debugger.scriptParsed') scripts.set(params!.scriptId!, params!.url!);
    else if (method === 'Debugger.paused') onPaused(params!.callFrames!);
    else if (method === 'Debugger.resumed') onResumed();
  };
  return async () => {
    void worker.ask('Debugger.pause');
    const frames = await Promise.race([paused, worker.gone]);
    const answer = await worker.ask('Runtime.evaluate', { expression: PROBE, timeout: 200 });
    const value = answer.result?.result?.value;
    void worker.ask('Debugger.resume');
    await Promise.race([resumed, worker.gone]);
    await worker.ask('Debugger.disable');
    await worker.detach();
    return {
      stack: frames.map((frame) => frameText(frame, scripts)),
      place: typeof value === 'string' ? (JSON.parse(value) as StepPlace) : undefined,
      missing: undefined,
    };
  };
}

/** The inspector of one worker thread, through that of this one. */
class WorkerSession {
  onEvent: (message: Message) => void = () => undefined;
  /** Rejected when the thread ends. */
  readonly gone: Promise<never>;
  readonly #ended: PromiseWithResolvers<never> = Promise.withResolvers();
  readonly #session: Session;
  readonly #title: string;
  readonly #answers = new Map<number, (message: Message) => void>();
  #id: string | undefined = undefined;
  #sent = 0;

  constructor(session: Session, nodeThread: number) {
    this.#session = session;
    this.#title = `[worker ${nodeThread}]`;
    this.gone = this.#ended.promise;
    // Mostly nobody waits any more.
    this.gone.catch(() => undefined);
  }

  /** @throws Error when this thread has no inspector, or the worker cannot be found */
  async attach(): Promise<void> {
    this.#session.on('NodeWorker.attachedToWorker', ({ params }) => {
      if (params.workerInfo.title.startsWith(this.#title)) this.#id = params.sessionId;
    });
    this.#session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
      if (params.sessionId !== this.#id) return;
      const message = JSON.parse(params.message) as Message;
      if (message.id === undefined) this.onEvent(message);
      else this.#answers.get(message.id)?.(message);
    });
    this.#session.on('NodeWorker.detachedFromWorker', ({ params }) => {
      if (params.sessionId === this.#id) this.#ended.reject(new Error('the thread has ended'));
    });
    await this.#post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    if (this.#id === undefined) throw new Error(`the inspector knows no ${this.#title}`);
  }

  ask(method: string, params: object = {}): Promise<Message> {
    const id = ++this.#sent;
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    this.#answers.set(id, resolve);
    const message = JSON.stringify({ id, method, params });
    this.#post('NodeWorker.sendMessageToWorker', { sessionId: this.#id, message }).catch(reject);
    // Some of them nobody waits for.
    promise.catch(() => undefined);
    return Promise.race([promise, this.gone]);
  }

  async detach(): Promise<void> {
    await this.#post('NodeWorker.detach', { sessionId: this.#id });
  }

  async #post(method: string, params: object): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#session.post(method, params, (error) => {
      if (error === null) resolve();
      else reject(new Error(error.message));
    });
    await promise;
  }
}

function frameText(frame: Frame, scripts: ReadonlyMap<string, string>): string {
  const { location } = frame;
  const url = frame.url || (scripts.get(location.scriptId) ?? '');
  const file = url.startsWith('file:') ? fileURLToPath(url) : url || '<anonymous>';
  const at = `${file}:${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
  return `${frame.functionName || '<anonymous>'} (${at})`;
}
