/** What an operator emits through: the next operators of its chain, and the chain's output edges. */

import { EngineError, fail } from '../base/index.ts';
import type { Collector } from '../operators/index.ts';
import { RowKind } from '../record/index.ts';
import type { CurrentRow } from './current-row.ts';

export type Emit = (row: unknown, timestamp: number) => void;

/** A collector whose targets are set once the driver exists; operators may keep it from their creation on. */
export class ChainCollector implements Collector {
  emit: Emit = unbound;
  emitChange: (kind: RowKind, row: unknown, timestamp: number) => void = unbound;
  emitSide: (tag: string, row: unknown, timestamp: number) => void = unbound;
  emitWatermark: (watermark: number) => void = unbound;
  emitStatus: (idle: boolean) => void = unbound;
}

/** What collectors are bound to; a chain's spec fits. */
export interface CollectorBinding {
  readonly current: CurrentRow;
  readonly counts: Int32Array;
  readonly collectors: readonly ChainCollector[];
  readonly emitWatermark: (operator: number, watermark: number) => void;
  readonly emitStatus: (operator: number, idle: boolean) => void;
}

/**
 * Binds the collector of operator `index`. What an operator emits is an insert, whatever the kind of the row it is
 * processing; while the rows it emits run through the chain, error reports name the operators behind it.
 */
export function bindCollector(
  spec: CollectorBinding,
  index: number,
  emit: Emit,
  sides: Readonly<Record<string, Emit>>,
): void {
  const { current, counts } = spec;
  const collector = spec.collectors[index]!;
  const out = 2 * index + 1;
  collector.emitChange = (kind, row, timestamp) => {
    counts[out]!++;
    const kindBefore = current.rowKind;
    current.rowKind = kind;
    emit(row, timestamp);
    current.rowKind = kindBefore;
    current.operator = index;
  };
  collector.emit = (row, timestamp) => {
    if (current.rowKind !== RowKind.insert) {
      collector.emitChange(RowKind.insert, row, timestamp);
      return;
    }
    counts[out]!++;
    emit(row, timestamp);
    current.operator = index;
  };
  collector.emitWatermark = (watermark) => spec.emitWatermark(index, watermark);
  collector.emitStatus = (idle) => spec.emitStatus(index, idle);
  collector.emitSide = (tag, row, timestamp) => {
    const side = sides[tag];
    if (side === undefined) {
      throw new EngineError('ERR_RUNTIME_SIDE_OUTPUT', {
        tag,
        known: Object.keys(sides).join(', ') || 'none',
      });
    }
    side(row, timestamp);
    current.operator = index;
  };
}

function unbound(): never {
  return fail('a collector is used only after its chain was built');
}
