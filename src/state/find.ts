/**
 * The search for a row by its key: the hottest loop of keyed state.
 *
 * Generated for each table, so that its call of `equalBytes` stays monomorphic however many tables a thread has;
 * `plainFind` is its twin for tests and for hosts that forbid code generation.
 * Law: both give the reference of the row whose key equals the one at `at`, or `NO_REF`.
 */

import type { KeyAccess, Memory } from '../record/index.ts';
import { SPREAD, type KeyIndex } from './key-index.ts';
import { NO_REF, REF_PAGE_SHIFT, REF_UNIT_MASK } from './row-layout.ts';

/** What a table needs of a key: comparison on bytes. */
export type KeyEquality = Pick<KeyAccess, 'equalBytes'>;
/** Reference of the row with the key of the row at `at` of `memory`, whose key's hash is `hash`; or `NO_REF`. */
export type Find = (memory: Memory, at: number, hash: number) => number;

/**
 * Source text of the probe, for kernels that inline it. It reads the names `index`, `pages` and `key`, declares its own
 * from `memory`, `at` and `hash`, and leaves the reference in `ref`.
 */
export const PROBE_SOURCE: string = `
  let ref = 0;
  {
    const spread = Math.imul(hash, ${SPREAD});
    const entries = index.directory[(spread >>> 1) >>> index.shift];
    const mask = entries.length - 2;
    let i = ((spread ^ (spread >>> 15)) << 1) & mask;
    while ((ref = entries[i + 1]) !== 0) {
      if (entries[i] === hash
        && key.equalBytes(memory, at, pages[ref >>> ${REF_PAGE_SHIFT}], (ref & ${REF_UNIT_MASK}) << 3)) break;
      i = (i + 2) & mask;
    }
  }`;

let compiled = 0;

/** A search with call sites of its own. */
export function compileFind(index: KeyIndex, pages: readonly Memory[], key: KeyEquality): Find {
  // The number keeps V8 from sharing the code, and with it the type feedback, between tables.
  const source = `'use strict'; /* find ${compiled++} */
return function find(memory, at, hash) {${PROBE_SOURCE}
  return ref;
};`;
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- constant text
    return new Function('index', 'pages', 'key', source)(index, pages, key) as Find;
  } catch (error) {
    if (error instanceof EvalError) return plainFind(index, pages, key);
    throw error;
  }
}

/** The same search without generated code. */
export function plainFind(index: KeyIndex, pages: readonly Memory[], key: KeyEquality): Find {
  return (memory, at, hash) => {
    const spread = Math.imul(hash, SPREAD);
    const entries = index.directory[(spread >>> 1) >>> index.shift]!;
    const mask = entries.length - 2;
    for (let i = ((spread ^ (spread >>> 15)) << 1) & mask; ; i = (i + 2) & mask) {
      const ref = entries[i + 1]!;
      if (ref === NO_REF) return NO_REF;
      if (entries[i] !== hash) continue;
      const page = pages[ref >>> REF_PAGE_SHIFT]!;
      if (key.equalBytes(memory, at, page, (ref & REF_UNIT_MASK) << 3)) return ref;
    }
  };
}
