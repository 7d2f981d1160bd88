/**
 * The driver of a chain in plain closures: the oracle of `chain-compiler.ts`, and what runs where code generation is
 * forbidden. Read this one to know what a driver does.
 */

import { murmur32 } from '../base/index.ts';
import {
  FRAME_KIND_SHIFT,
  hashKeyValue,
  NO_TIMESTAMP,
  PAYLOAD_BYTES_MASK,
  ROW_KIND_SHIFT,
} from '../record/index.ts';
import type { RowKind } from '../record/index.ts';
import type { RingReader, RingWriter } from '../exchange/index.ts';
import { checkTimestamp } from '../operators/index.ts';
import type { ChainDriver, ChainOperator, ChainSpec, Feed, OutputEdge } from './chain-spec.ts';
import { bindCollector } from './collector.ts';
import type { Emit } from './collector.ts';

/** Builds the driver. */
export function plainChain(spec: ChainSpec): ChainDriver {
  const { current, counts, operators } = spec;
  let last: unknown;
  const isFull = (): boolean => spec.edges.some((edge) => edge.pressure.full);
  const toEdge: Emit[] = spec.edges.map((edge) => edgeWriter(edge, spec));
  const toOperator: Emit[] = [];
  const emitOf = (children: readonly number[], edges: readonly number[]): Emit => {
    return (row, timestamp) => {
      for (const k of children) toOperator[k]!(row, timestamp);
      for (const j of edges) toEdge[j]!(row, timestamp);
    };
  };
  /** What an operator throws comes to its `leaveOut`, what those behind it throw does not. */
  const guarded = (k: number, take: Emit): Emit => {
    const { leaveOut } = operators[k]!;
    if (leaveOut === undefined) return take;
    return (row, timestamp) => {
      const { rowKind } = current;
      try {
        take(row, timestamp);
      } catch (error) {
        if (current.operator !== k) throw error;
        current.rowKind = rowKind;
        leaveOut(error, row, timestamp);
      }
    };
  };
  const emits = operators.map(({ children, edges, leaveOut }, k): Emit => {
    const emit = emitOf(children, edges);
    if (leaveOut === undefined || children.length === 0 || edges.length === 0) return emit;
    return (row, timestamp) => {
      for (const child of children) toOperator[child]!(row, timestamp);
      // An edge that refuses the row is this operator's failure.
      current.operator = k;
      for (const j of edges) toEdge[j]!(row, timestamp);
    };
  });
  // Rows out of side outputs are counted where they go in; see `ChainSpec.counts`.
  const sidesOf = ({ sides }: ChainOperator): Record<string, Emit> =>
    Object.fromEntries(
      Object.entries(sides).map(([tag, { children, edges }]) => {
        const emit = emitOf(children, edges);
        return [
          tag,
          (row, timestamp) => {
            for (const child of children) counts[2 * child]!++;
            emit(row, timestamp);
          },
        ] as const;
      }),
    );
  operators.forEach((operator, k) => bindCollector(spec, k, emits[k]!, sidesOf(operator)));
  operators.forEach((operator, k) => {
    toOperator[k] = guarded(k, (row, timestamp) => {
      current.operator = k;
      switch (operator.form) {
        case 'map': {
          const result = operator.fn!(row as never);
          return emits[k]!(result, timestamp);
        }
        case 'filter':
          if (operator.fn!(row as never)) {
            counts[2 * k + 1]!++;
            emits[k]!(row, timestamp);
          }
          return;
        case 'call':
          return operator.operator!.process!(row, timestamp);
        case 'source':
          return;
      }
    });
  });
  const toSecond = guarded(0, (row, timestamp) =>
    operators[0]!.operator!.process2!(row, timestamp),
  );

  const drives = spec.inputs.map((input) => {
    const view = input.codec.generic ? undefined : input.codec.createView();
    const { prefixBytes } = input;
    const take: Emit = (row, timestamp) => {
      current.operator = 0;
      if (input.input === 1) toSecond(row, timestamp);
      else toOperator[0]!(row, timestamp);
    };
    return (reader: RingReader, rowsMax: number): number => {
      const { memory, mask } = reader;
      view?.bind(memory);
      let rows = 0;
      while (reader.pos !== reader.end && rows < rowsMax) {
        const frame = reader.pos & mask;
        const word = memory.i32[(frame + prefixBytes) >> 2]!;
        if (word >>> FRAME_KIND_SHIFT !== 0) break;
        const at = frame + prefixBytes + 8;
        if (view !== undefined) view.at = at;
        const row = view ?? input.codec.read(memory, at);
        last = row;
        current.rowKind = (word >>> ROW_KIND_SHIFT) as RowKind;
        if (input.keyed) current.keyHash = memory.i32[(frame + prefixBytes + 4) >> 2]!;
        reader.pos = (reader.pos + prefixBytes + 8 + (word & PAYLOAD_BYTES_MASK)) | 0;
        rows++;
        take(row, prefixBytes > 0 ? memory.f64[frame >> 3]! : NO_TIMESTAMP);
        if (isFull()) break;
      }
      return rows;
    };
  });

  const take = (row: unknown, timestamp: number, emit: Emit): void => {
    last = row;
    feed.emitting = true;
    current.operator = 0;
    let at = timestamp;
    if (spec.time !== undefined) {
      const { timestampOf, generator } = spec.time;
      at = timestampOf === undefined ? timestamp : timestampOf(row);
      if (at === NO_TIMESTAMP) at = NaN;
      generator.observe(checkTimestamp(at, operators[0]!.name), row);
    }
    emit(row, at);
    feed.emitting = false;
    if (++feed.rows >= feed.rowsMax || isFull()) feed.full = true;
  };
  const sourceSides = sidesOf(operators[0]!);
  const feed: Feed = {
    rows: 0,
    rowsMax: 0,
    sideRows: 0,
    full: false,
    emitting: false,
    emit: (row, timestamp = NO_TIMESTAMP) => {
      take(row, timestamp, emits[0]!);
    },
    emitSide: (tag, row, timestamp = NO_TIMESTAMP) => {
      feed.sideRows++;
      take(row, timestamp, sourceSides[tag] ?? ((): void => undefined));
    },
    emitWatermark: () => undefined,
    markIdle: () => undefined,
    markActive: () => undefined,
  };
  return {
    drives,
    feed,
    isFull,
    flush: () => undefined,
    currentRow: () => last,
  };
}

function edgeWriter(edge: OutputEdge, spec: ChainSpec): Emit {
  const { codec, prefixBytes, routing, writers } = edge;
  const header = prefixBytes + 8;
  const put = (writer: RingWriter, row: unknown, timestamp: number, hash: number): void => {
    const frame = writer.claim(codec.boundOf(row) + header);
    const { memory } = writer;
    const bytes = codec.write(row, memory, frame + header);
    memory.i32[(frame + prefixBytes) >> 2] = bytes | (spec.current.rowKind << ROW_KIND_SHIFT);
    memory.i32[(frame + prefixBytes + 4) >> 2] = hash;
    if (prefixBytes > 0) memory.f64[frame >> 3] = timestamp;
    writer.commit(bytes + header);
  };
  switch (routing.kind) {
    case 'single':
      return (row, timestamp) => put(writers[0]!, row, timestamp, 0);
    case 'select':
      return (row, timestamp) => put(writers[routing.select(row)]!, row, timestamp, 0);
    case 'broadcast':
      return (row, timestamp) => {
        for (const writer of writers) put(writer, row, timestamp, 0);
      };
    case 'keyGroup': {
      const { key, channelOfGroup } = routing;
      const javaHash =
        key.kind === 'function'
          ? (row: unknown) => hashKeyValue(key.fn(row as never))
          : (row: unknown) => key.access.hashRow(row);
      return (row, timestamp) => {
        const hash = murmur32(javaHash(row));
        put(writers[channelOfGroup[hash % spec.maxParallelism]!]!, row, timestamp, hash);
      };
    }
  }
}
