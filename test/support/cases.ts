/**
 * The child's side of a test program: runs named cases one after the other and prints what each came to as one JSON line.
 *
 * A program ends by itself, as an embedding one would: an engine that keeps the process alive after its last case shows as
 * a program that does not end. A case that hangs is reported by name; the program is then ended by force.
 */

import { EngineError } from 'millrace';

/** Longest time of one case. */
const CASE_MS_MAX = 30_000;

/** What an error says, as plain data. */
export interface ErrorReport {
  readonly code?: string;
  readonly name: string;
  readonly message: string;
  readonly hint?: string;
  readonly operator?: string;
  readonly subtask?: number;
  readonly row?: string;
  readonly source?: string;
  readonly file?: string;
  readonly line?: number;
  readonly cause?: string;
}

/** What came of one case. */
export type CaseOutcome =
  | { readonly value: unknown }
  | { readonly threw: ErrorReport; readonly stack: string | undefined }
  | { readonly timedOut: true };

/** Errors that reached the process itself since the program began; a case that means to cause some takes them out. */
export const unhandled: string[] = [];

/** Runs the cases and prints `{ name: outcome }`. */
export async function runCases(cases: Readonly<Record<string, () => unknown>>): Promise<void> {
  const outcomes: Record<string, CaseOutcome> = {};
  let hung = false;
  process.on('unhandledRejection', (reason) => unhandled.push(String(reason)));
  process.on('uncaughtException', (error) => unhandled.push(String(error)));
  const only = process.argv[2];
  for (const [name, run] of Object.entries(cases)) {
    if (only !== undefined && !name.includes(only)) continue;
    const startMs = performance.now();
    outcomes[name] = await settle(run);
    hung ||= 'timedOut' in outcomes[name];
    if (process.env['CASE_TIMES'] !== undefined) {
      process.stderr.write(`${name}: ${Math.round(performance.now() - startMs)} ms\n`);
    }
  }
  outcomes['unhandled'] = { value: unhandled };
  const text = `${JSON.stringify(outcomes)}\n`;
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
  if (hung) process.exit(1);
}

async function settle(run: () => unknown): Promise<CaseOutcome> {
  const { promise: late, resolve } = Promise.withResolvers<CaseOutcome>();
  const timer = setTimeout(() => resolve({ timedOut: true }), CASE_MS_MAX);
  const work = (async (): Promise<CaseOutcome> => {
    try {
      return { value: await run() };
    } catch (error) {
      return {
        threw: reportOf(error),
        stack: error instanceof Error ? error.stack : undefined,
      };
    }
  })();
  const outcome = await Promise.race([work, late]);
  clearTimeout(timer);
  return outcome;
}

/** The error as plain data. */
export function reportOf(error: unknown): ErrorReport {
  if (!(error instanceof Error)) return { name: typeof error, message: String(error) };
  const base = {
    name: error.name,
    message: error.message,
    ...(error.cause instanceof Error
      ? { cause: `${error.cause.name}: ${error.cause.message}` }
      : {}),
  };
  if (!(error instanceof EngineError)) return base;
  return { ...base, code: error.code, hint: error.hint, ...error.place };
}

/** What the promise is rejected with. @throws Error when it is not */
export async function failureOf(promise: Promise<unknown>): Promise<ErrorReport> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return reportOf(error);
  }
  throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
}

/** Settles when `until` says true. @throws Error after `ms` */
export async function waitFor(
  until: () => boolean,
  what: string,
  ms: number = 5000,
): Promise<void> {
  const endMs = performance.now() + ms;
  while (!until()) {
    if (performance.now() > endMs) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
