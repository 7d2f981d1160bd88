/** The account that every off-heap byte of an operator's state is drawn from. */

import { EngineError, formatBytes } from '../base/index.ts';

/** Accounts the bytes of one operator's state against its quota. Owner: the subtask's worker. */
export interface MemoryAccount {
  readonly limitBytes: number;
  readonly usedBytes: number;
  /** Accounts `bytes` more (negative gives back). @throws ERR_STATE_QUOTA when the quota does not allow it */
  reserve(bytes: number): void;
}

/**
 * An account with a fixed limit.
 *
 * Law: `usedBytes` is the sum of all reservations that did not throw, and never exceeds `limitBytes`.
 *
 * @example
 * const account = new QuotaAccount('sum', 1024);
 * account.reserve(1000);
 * account.usedBytes; // 1000
 */
export class QuotaAccount implements MemoryAccount {
  readonly operatorName: string;
  readonly limitBytes: number;
  usedBytes = 0;

  /** @param limitBytes ≥ 0; `Infinity` for no limit */
  constructor(operatorName: string, limitBytes: number) {
    this.operatorName = operatorName;
    this.limitBytes = limitBytes;
  }

  reserve(bytes: number): void {
    const next = this.usedBytes + bytes;
    if (next > this.limitBytes) failQuota(this.operatorName, bytes, this);
    this.usedBytes = next;
  }
}

function failQuota(operator: string, bytes: number, account: MemoryAccount): never {
  throw new EngineError(
    'ERR_STATE_QUOTA',
    {
      operator,
      needed: formatBytes(account.usedBytes + bytes),
      quota: formatBytes(account.limitBytes),
      setting: 'state',
      held: formatBytes(account.usedBytes),
    },
    { place: { operator } },
  );
}
