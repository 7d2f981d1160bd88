/** One structured line per event; silent by default and then nothing is formatted. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One event. `fields` holds plain values only. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Receives entries, on the thread that logged them. */
export type LogSink = (entry: LogEntry) => void;

/** A logger; pass `undefined` for the sink to be silent. */
export class Log {
  readonly #sink: LogSink | undefined;

  constructor(sink?: LogSink) {
    this.#sink = sink;
  }

  get enabled(): boolean {
    return this.#sink !== undefined;
  }

  debug(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#sink?.({ level: 'debug', message, fields });
  }

  info(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#sink?.({ level: 'info', message, fields });
  }

  warn(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#sink?.({ level: 'warn', message, fields });
  }

  error(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#sink?.({ level: 'error', message, fields });
  }
}
