/** Keyed state of one operator: its keys, its parts and the snapshots over them. Laws: see keyed-backend.ts. */

import { EngineError } from '../base/index.ts';
import type { KeyAccess, KeyValue, RecordType, RowCodec } from '../record/index.ts';
import type { ByteWriter } from './byte-stream.ts';
import { BytesKeySpace } from './bytes-key-space.ts';
import { HeapKeySpace } from './heap-key-space.ts';
import { keyShapeOf } from './key-shape.ts';
import type { KeySpace } from './key-space.ts';
import type {
  KeyedBackend,
  KeyedPart,
  KeyedSnapshot,
  PartDescriptor,
  UnknownParts,
} from './keyed-backend.ts';
import type { MemoryAccount } from './memory-account.ts';
import { ParkedPart } from './parked-part.ts';
import { PartAccounts } from './part-accounts.ts';
import { failUnknown, requireKind, restoreGroups } from './restore-groups.ts';
import { KeyedWriting } from './keyed-writing.ts';
import { ONE_KEY, rowKeyCodec, valueKeyCodec } from './snapshot-keys.ts';
import type { KeyCodec } from './snapshot-keys.ts';

/** One input of a keyed operator, as `OperatorContext.inputs` has it. */
export interface KeyedInput {
  readonly type: RecordType | undefined;
  readonly codec: RowCodec | undefined;
  readonly key:
    | {
        readonly access: KeyAccess | undefined;
        valueOf(row: unknown): KeyValue;
      }
    | undefined;
}

/** What a backend is made of. */
export interface KeyedBackendOptions {
  readonly operatorName: string;
  readonly account: MemoryAccount;
  /** Number of key groups; a key's group is its hash modulo this. */
  readonly maxParallelism: number;
  readonly inputs: readonly KeyedInput[];
}

/** A part's index is one byte in a snapshot. */
const PARTS_MAX = 255;

/**
 * Keyed state for these inputs: keys lie off-heap when every keyed input has a record type and a key of fields, and the
 * kinds of the fields agree; on the heap otherwise. When no input is keyed, all rows are of one key.
 *
 * @example
 * const backend = createKeyedBackend({ operatorName: 'count', account, maxParallelism: 128, inputs });
 * const resolve = backend.keys.resolver(0);
 * const id = resolve(row, hash);
 */
export function createKeyedBackend(options: KeyedBackendOptions): KeyedBackend {
  const { operatorName, inputs, maxParallelism } = options;
  const accounts = new PartAccounts(options.account);
  const account = accounts.of('keys');
  const shapes = inputs.map((input) => shapeOf(input));
  const keyed = shapes.filter((_, i) => inputs[i]!.key !== undefined);
  const [shape] = keyed;
  if (shape !== undefined && keyed.every((other) => other?.signature === shape.signature)) {
    const codec = rowKeyCodec(shape);
    const keys = new BytesKeySpace({
      operatorName,
      account,
      shape,
      writeKey: goneWriter(codec),
      inputs: inputs.map(({ type, key }) =>
        key === undefined
          ? undefined
          : { type: type!, fields: key.access!.fields, valueOf: key.access!.valueOf },
      ),
    });
    return new KeyedStateBackend(options, accounts, keys, codec);
  }
  const codec = valueKeyCodec();
  const keys = new HeapKeySpace({
    operatorName,
    writeKey: goneWriter(codec),
    account,
    maxParallelism,
    inputs: inputs.map(({ key }) => {
      if (keyed.length === 0) return () => ONE_KEY;
      return key && ((row) => key.valueOf(row));
    }),
  });
  return new KeyedStateBackend(options, accounts, keys, codec);
}

/** Writes keys that go. */
function goneWriter(codec: KeyCodec): (keys: KeySpace, id: number, out: ByteWriter) => void {
  return (keys, id, out) => {
    out.putI32(keys.hashOf(id));
    codec.putOf(out, keys, id);
  };
}

function shapeOf({ type, codec, key }: KeyedInput): ReturnType<typeof keyShapeOf> {
  if (type === undefined || codec === undefined || codec.generic) return undefined;
  return key?.access && keyShapeOf(type, key.access.fields);
}

class KeyedStateBackend implements KeyedBackend {
  readonly keys: KeySpace;
  readonly operatorName: string;
  readonly #maxParallelism: number;
  readonly #accounts: PartAccounts;
  readonly #codec: KeyCodec;
  readonly #parts: Map<string, KeyedPart> = new Map();
  /** No input is keyed: operators need not look the one key up. */
  readonly #oneKey: boolean;
  /** The snapshot that was taken last. */
  #writing: KeyedWriting | undefined = undefined;

  constructor(
    options: KeyedBackendOptions,
    accounts: PartAccounts,
    keys: KeySpace,
    codec: KeyCodec,
  ) {
    this.operatorName = options.operatorName;
    this.#maxParallelism = options.maxParallelism;
    this.#oneKey = options.inputs.every(({ key }) => key === undefined);
    this.#accounts = accounts;
    this.keys = keys;
    this.#codec = codec;
  }

  account(owner: string): MemoryAccount {
    return this.#accounts.of(owner);
  }

  register(part: KeyedPart): void {
    // Restored state that nobody declared yet may move to the part.
    this.#writing?.finish();
    const { name } = part.descriptor;
    const known = this.#parts.get(name);
    if (known === undefined) {
      if (this.#parts.size === PARTS_MAX) failParts(this.operatorName);
      this.#parts.set(name, part);
    } else if (known instanceof ParkedPart) {
      requireKind(this.operatorName, part, known.descriptor);
      known.moveTo(part);
      this.#parts.set(name, part);
    } else failName(this.operatorName, name);
  }

  snapshot(): KeyedSnapshot {
    this.#writing?.finish();
    const { changes } = this.keys;
    const parts = [...this.#parts.values()];
    const [keys, codec, maxParallelism] = [this.keys, this.#codec, this.#maxParallelism];
    this.#writing = new KeyedWriting({ keys, codec, parts, maxParallelism, changes });
    const { snapshot } = this.#writing;
    if (!this.#oneKey) return snapshot;
    const { version, key, parts: described, groups } = snapshot;
    return { version, key, parts: described, groups };
  }

  restore(
    snapshots: readonly KeyedSnapshot[],
    first: number,
    last: number,
    unknown: UnknownParts = 'fail',
  ): void {
    const { keys, operatorName } = this;
    const partFor = (from: PartDescriptor): KeyedPart | undefined => this.#partFor(from, unknown);
    restoreGroups({ operatorName, keys, codec: this.#codec, partFor }, snapshots, first, last);
  }

  dispose(): void {
    this.#writing?.finish();
    this.#writing = undefined;
    for (const part of this.#parts.values()) part.dispose();
    this.keys.dispose();
  }

  #partFor(from: PartDescriptor, unknown: UnknownParts): KeyedPart | undefined {
    const part = this.#parts.get(from.name);
    if (part !== undefined) {
      if (!(part instanceof ParkedPart)) requireKind(this.operatorName, part, from);
      return part;
    }
    if (unknown === 'drop') return undefined;
    if (unknown === 'fail') failUnknown(this.operatorName, from, [...this.#parts.keys()]);
    const parked = new ParkedPart(this.keys, this.#accounts.of(from.name), from);
    this.#parts.set(from.name, parked);
    return parked;
  }
}

function failName(operator: string, name: string): never {
  throw new EngineError('ERR_STATE_NAME', { operator, name }, { place: { operator } });
}

function failParts(operator: string): never {
  throw new RangeError(`operator ${operator} has more than ${PARTS_MAX} states`);
}
