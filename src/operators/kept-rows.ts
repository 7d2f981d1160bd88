/** One whole row per key: as bytes where the stream has a record type, on the heap otherwise. */

import { HeapValuePart, RowValuePart } from '../state/index.ts';
import type { KeyedBackend, TtlOptions } from '../state/index.ts';
import { keepRow } from './kept-row.ts';
import type { OperatorContext } from './operator.ts';

/** Rows by key id. What `get` gives is valid until the next call. Owner: the subtask's worker. */
export interface KeptRows {
  get(id: number): unknown;
  /** Keeps a copy. @throws ERR_STATE_QUOTA */
  set(id: number, row: unknown): void;
  clear(id: number): void;
}

/** Adds such a part to the backend. */
export function keptRows(
  context: OperatorContext,
  backend: KeyedBackend,
  name: string,
  ttl: TtlOptions | undefined,
): KeptRows {
  const type = context.inputs[0]?.type;
  if (type !== undefined) {
    const part = new RowValuePart<unknown>(backend, { name, type, ttl });
    backend.register(part);
    return {
      get: (id) => part.view(id),
      set: (id, row) => part.set(id, row as never),
      clear: (id) => part.clear(id),
    };
  }
  const part = new HeapValuePart<{ readonly row: unknown }>(backend, { name, ttl });
  backend.register(part);
  return {
    get: (id) => part.get(id)?.row,
    set: (id, row) => part.set(id, { row: keepRow(row) }),
    clear: (id) => part.clear(id),
  };
}
