/**
 * Accounts by owner over one account, so that an exceeded quota says who holds the bytes.
 *
 * Law (test/state/keyed-backend.test.ts): what the operator's account was asked for through these accounts is the sum of
 * what they hold.
 */

import { EngineError, formatBytes } from '../base/index.ts';
import type { MemoryAccount } from './memory-account.ts';

/** The bytes of one owner. Owner: the subtask's worker. */
class PartAccount implements MemoryAccount {
  readonly owner: string;
  /** Bytes of this owner alone; `usedBytes` is what the operator uses. */
  heldBytes = 0;
  readonly #accounts: PartAccounts;

  constructor(owner: string, accounts: PartAccounts) {
    this.owner = owner;
    this.#accounts = accounts;
  }

  get limitBytes(): number {
    return this.#accounts.total.limitBytes;
  }

  get usedBytes(): number {
    return this.#accounts.total.usedBytes;
  }

  reserve(bytes: number): void {
    try {
      this.#accounts.total.reserve(bytes);
    } catch (error) {
      throw this.#accounts.named(error);
    }
    this.heldBytes += bytes;
  }
}

/** Accounts that draw on one. Owner: the subtask's worker. */
export class PartAccounts {
  readonly total: MemoryAccount;
  readonly #owners: Map<string, PartAccount> = new Map();

  constructor(total: MemoryAccount) {
    this.total = total;
  }

  /** The account of an owner; the same one for the same name. */
  of(owner: string): MemoryAccount {
    let account = this.#owners.get(owner);
    if (account === undefined) {
      account = new PartAccount(owner, this);
      this.#owners.set(owner, account);
    }
    return account;
  }

  /** Owners with their bytes, largest first. */
  held(): { readonly owner: string; readonly bytes: number }[] {
    return [...this.#owners.values()]
      .map(({ owner, heldBytes }) => ({ owner, bytes: heldBytes }))
      .toSorted((a, b) => b.bytes - a.bytes);
  }

  /** The error of an exceeded quota, with the owners in it; any other error as it is. */
  named(error: unknown): unknown {
    if (!(error instanceof EngineError) || error.code !== 'ERR_STATE_QUOTA') return error;
    const owners = this.held();
    const held = owners.map(({ owner, bytes }) => `${owner} ${formatBytes(bytes)}`).join(', ');
    const { details, place } = error;
    return new EngineError(
      'ERR_STATE_QUOTA',
      { ...details, held, owners },
      { cause: error, place },
    );
  }
}
