/**
 * Generated code of session windows: a row that falls into the newest session of its key, or makes it longer, is folded
 * without a call but the look-up of the key; what joins or opens sessions goes to `place`.
 *
 * Law (test/operators/window/slice-kernel.property.test.ts): leaves the same sessions as its plain twin.
 */

import { NO_TIMESTAMP } from '../../record/index.ts';
import type { KeyResolver } from '../../state/index.ts';
import { wordsAt } from '../aggregate/index.ts';
import { generate } from '../generated.ts';
import type { OperatorContext } from '../operator.ts';
import type { RowBytes } from '../row-bytes.ts';
import { NO_SESSION, SESSION_END, SESSION_NEXT, SESSION_START, SESSION_WORDS } from './sessions.ts';
import type { Sessions } from './sessions.ts';
import { bytesText } from './slice-kernel.ts';
import type { FoldSource, ProcessRow } from './slice-kernel.ts';

/** What the fold of rows into sessions needs of its operator. */
export interface SessionHost {
  readonly sessions: Sessions;
  readonly resolve: KeyResolver;
  /** The id of all rows, when they are not keyed; else -1. */
  readonly oneKey: number;
  readonly input: RowBytes | undefined;
  readonly source: FoldSource;
  readonly gapMs: number;
  /** Whether sessions stay for late rows after they fired. */
  readonly lateness: boolean;
  /** The watermark that lateness is measured by, one element. */
  readonly clock: Float64Array;
  /** The session that takes a row, joined or opened; `NO_SESSION` when the row is late. */
  place(this: void, row: unknown, id: number, timestamp: number): number;
  /** A row was folded into a session which the watermark has passed, or may wake too late. */
  touched(this: void, id: number, slot: number): void;
  /** @throws ERR_OPERATORS_CHANGELOG */
  refuse(this: void): never;
  /** @throws ERR_OPERATORS_NO_TIMESTAMP */
  failTimestamp(this: void): never;
}

/** The process function of a session operator. */
export function compileSessionProcess(context: OperatorContext, host: SessionHost): ProcessRow {
  const { sessions, source, input, oneKey, gapMs, lateness } = host;
  const { slots, heads, accumulators } = sessions;
  const fingerprint = input && context.inputs[0]!.type!.fingerprint;
  const { stride, shift, mask } = slots;
  // With lateness the first session may have fired already: those go the long way.
  const alive = lateness ? `&& p[o + ${SESSION_END}] - 1 > clock[0]` : '';
  const text = `return function process(row, timestamp) {
  if (current.rowKind !== 0) refuse();
  if (timestamp === ${NO_TIMESTAMP}) failTimestamp();
  ${bytesText(fingerprint)}
  const id = ${oneKey < 0 ? 'resolve(row, current.keyHash)' : oneKey};
  let slot = id < heads.capacity ? headPages[id >>> ${heads.shift}][id & ${heads.mask}] - 1 : -1;
  let p, o = 0;
  find: {
    if (slot >= 0) {
      p = slotPages[slot >>> ${shift}];
      o = (slot & ${mask}) * ${stride};
      const start = p[o + ${SESSION_START}], end = p[o + ${SESSION_END}], last = timestamp + ${gapMs};
      if (timestamp >= start && timestamp <= end ${alive}) {
        if (last > end) p[o + ${SESSION_END}] = last;
        break find;
      }
      if (timestamp < start && last >= start && p[o + ${SESSION_NEXT}] === 0 ${alive}) {
        p[o + ${SESSION_START}] = timestamp;
        break find;
      }
    }
    slot = place(row, id, timestamp);
    if (slot < 0) return;
    p = slotPages[slot >>> ${shift}];
    o = (slot & ${mask}) * ${stride};
  }
  o = o + ${SESSION_WORDS};
  ${accumulators.heapCount > 0 ? 'sessions.addHeap(slot, row, timestamp);' : ''}
  ${source.text(wordsAt('p', 'o'), input === undefined ? 'calls' : 'bytes')}
  ${lateness ? 'touched(id, slot);' : ''}
};`;
  const { clock, failTimestamp, place, refuse, resolve, touched } = host;
  return (
    generate<ProcessRow>('sessions', text, {
      ...source.bindings,
      clock,
      current: context.current,
      failTimestamp,
      headPages: heads.pages,
      heads,
      input,
      place,
      refuse,
      resolve,
      sessions,
      slotPages: slots.pages,
      touched,
    }) ?? plainSessionProcess(context, host)
  );
}

/** The same without generated code. */
export function plainSessionProcess(context: OperatorContext, host: SessionHost): ProcessRow {
  const { sessions, oneKey } = host;
  const { slots, accumulators } = sessions;
  const { current } = context;
  return (row, timestamp) => {
    if (current.rowKind !== 0) host.refuse();
    if (timestamp === NO_TIMESTAMP) host.failTimestamp();
    const id = oneKey < 0 ? host.resolve(row, current.keyHash) : oneKey;
    const slot = host.place(row, id, timestamp);
    if (slot === NO_SESSION) return;
    if (accumulators.heapCount > 0) sessions.addHeap(slot, row, timestamp);
    const o = (slot & slots.mask) * slots.stride + SESSION_WORDS;
    host.source.add(slots.pages[slot >>> slots.shift]!, o, row, timestamp);
    if (host.lateness) host.touched(id, slot);
  };
}
