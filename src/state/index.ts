/** Keyed state, off-heap where rows have a record type. */

export { QuotaAccount } from './memory-account.ts';
export type { MemoryAccount } from './memory-account.ts';
