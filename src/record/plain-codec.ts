/**
 * The codec that interprets the layout: the oracle that compiled codecs are tested against, and what stands in where code
 * may not be generated from strings. Ten to fifty times slower than the compiled one.
 */

import type { RowCodec } from './codec.ts';
import { layoutOf } from './layout.ts';
import type { RowLayout } from './layout.ts';
import { plainKey } from './plain-key.ts';
import { isNull, readField, readRow, targetOf } from './plain-read.ts';
import { boundOfRow, writeRow } from './plain-write.ts';
import { recordFromDescriptor } from './record.ts';
import type { RecordType } from './record-type.ts';
import { RowViewBase } from './row-view.ts';
import type { RowView } from './row-view.ts';
import { RowSlice } from './slice.ts';

/**
 * The interpreted codec of a record type.
 *
 * @param note why it stands in for a compiled one
 * @example
 * plainCodec(Bid).read(memory, at);
 */
export function plainCodec<T>(type: RecordType<T>, note?: string): RowCodec<T> {
  const layout = layoutOf(type.descriptor);
  const View = viewClassOf(layout, type.fingerprint);
  return {
    type,
    generic: false,
    fixedBytes: layout.fixedBytes,
    note,
    boundOf: (row) => boundOfRow(layout, row),
    write: (row, memory, at) => writeRow(layout, type.fingerprint, row, memory, at),
    read: (memory, at) => readRow(layout, memory, at) as T,
    createView: () => new View() as unknown as RowView<T>,
    key: (names) => plainKey(type, names),
  };
}

function viewClassOf(layout: RowLayout, fingerprint: string): new () => RowViewBase {
  class PlainView extends RowViewBase {
    readonly $slices = new Map<string, RowSlice>();
    readonly $nested = new Map<string, RowViewBase>();

    get typeFingerprint(): string {
      return fingerprint;
    }

    override get rowBytes(): number {
      return layout.fixedBytes > 0 ? layout.fixedBytes : super.rowBytes;
    }

    copy(): object {
      return readRow(layout, this.memory, this.at);
    }

    override sliceOf(name: string): RowSlice | null | undefined {
      const field = layout.fields.find((candidate) => candidate.name === name);
      if (field === undefined || (field.type.kind !== 'utf8' && field.type.kind !== 'bytes')) {
        return undefined;
      }
      if (isNull(field, this.memory, this.at)) return null;
      const slice = this.$slices.get(name) ?? new RowSlice();
      this.$slices.set(name, slice);
      return slice.set(this.memory, targetOf(this.memory, this.at + field.offset));
    }
  }
  for (const field of layout.fields) {
    const { name, type, offset } = field;
    const get =
      type.kind === 'record'
        ? function (this: PlainView): unknown {
            if (isNull(field, this.memory, this.at)) return null;
            const view =
              this.$nested.get(name) ?? plainCodec(recordFromDescriptor(type.record)).createView();
            this.$nested.set(name, view);
            view.bind(this.memory);
            const { tableAt } = layoutOf(type.record);
            view.at = targetOf(this.memory, this.at + offset) - tableAt;
            return view;
          }
        : function (this: PlainView): unknown {
            return readField(layout, field, this.memory, this.at);
          };
    Object.defineProperty(PlainView.prototype, name, { get, configurable: true });
  }
  return PlainView;
}
