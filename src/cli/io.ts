/** What a command is given of the process it runs in; a test gives its own. */

/** One of the two output streams. */
export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Width and height of the terminal now; undefined when it is none. */
  readonly columns: number | undefined;
  readonly rows: number | undefined;
}

/** Which stream. */
export type StreamName = 'stdout' | 'stderr';

/** What asks a command to end; `SIGPIPE` stands for a closed standard output. */
export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGPIPE';

/** See the file header. */
export interface CliIo {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Working directory, absolute. */
  readonly cwd: string;
  /** Tells of signals until the returned function is called; without a listener they end the process. */
  onSignal(listener: (signal: StopSignal) => void): () => void;
  /** Hands what others write to the process's streams (`console.log` of user code) to the listener until released. */
  capture(listener: (stream: StreamName, text: string) => void): () => void;
}

/** Columns to lay out for: those of the terminal, or 80. */
export function columnsOf(output: Output): number {
  return output.isTTY ? (output.columns ?? 80) : 80;
}
