/**
 * Looks for the newest intact checkpoint with patience: what could not be read may be readable in a moment, and going back
 * further would do more work again, or lose a savepoint's place. Damage does not heal, and is not waited for. Main thread.
 */

import { EngineError, fail } from '../base/index.ts';
import { recover } from '../checkpoint/index.ts';
import type { CheckpointStore, Recovered } from '../checkpoint/index.ts';
import type { RunTimers } from './run-timers.ts';

/** Times between looks, ms. */
const WAITS_MS: readonly number[] = [100, 200, 400, 800];

/** What a search needs of its run. */
export interface RecoveryHost {
  readonly timers: RunTimers;
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}

/**
 * What `recover` finds, at the latest the fifth time; before that, what passes over nothing for an error that may pass. Warns
 * of each wait, and in the end of each checkpoint that was passed over.
 *
 * @throws ERR_CHECKPOINT_IO the store cannot be listed
 */
export async function recoverPatiently(
  store: CheckpointStore,
  job: string,
  host: RecoveryHost,
): Promise<Recovered> {
  for (const waitMs of [...WAITS_MS, undefined]) {
    const look = await lookOnce(store, job, waitMs === undefined);
    if (look.recovered !== undefined) {
      for (const { file, error } of look.recovered.rejected) {
        const { code, message } = error;
        host.warn('checkpoint rejected', { job, file, code, reason: message });
      }
      return look.recovered;
    }
    host.warn('checkpoint not readable', { job, reason: look.passing.message, waitMs });
    await new Promise<void>((resolve) => void host.timers.after(waitMs!, resolve));
  }
  return fail('the last look gives something or throws');
}

type Look =
  | { readonly recovered: Recovered }
  | { readonly recovered: undefined; readonly passing: EngineError };

async function lookOnce(store: CheckpointStore, job: string, last: boolean): Promise<Look> {
  try {
    const recovered = await recover(store, job);
    const chosen = recovered.chosen?.checkpoint ?? -1;
    const passing = recovered.rejected.find(
      ({ checkpoint, error }) => checkpoint > chosen && error.retryable,
    );
    if (last || passing === undefined) return { recovered };
    return { recovered: undefined, passing: passing.error };
  } catch (error) {
    if (last || !(error instanceof EngineError) || !error.retryable) throw error;
    return { recovered: undefined, passing: error };
  }
}
