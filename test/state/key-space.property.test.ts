/** Laws of src/state/key-space.ts for both spaces, with a `Map` as the model. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KeyValue } from '../../src/record/index.ts';
import { createKeyedBackend, NO_KEY, normalKey, QuotaAccount } from '../../src/state/index.ts';
import type { KeyedInput, KeySpace } from '../../src/state/index.ts';
import { BytesKeySpace } from '../../src/state/bytes-key-space.ts';
import { plainResolver } from '../../src/state/key-reader.ts';
import { anyPart, functionInput, hashOf, PART_TYPES, typedInput } from './key-rows.ts';

/** How a row comes, and what happens to its key. */
const anyOp = fc.record({
  how: fc.constantFrom('view', 'other view', 'row', 'value', 'find', 'find other', 'find row'),
  after: fc.constantFrom('settle', 'retain', 'release', 'nothing'),
});
type Op = { how: string; after: string };

interface Model {
  readonly key: KeyValue;
  readonly id: number;
  holders: number;
}

/** What the operations do on a space. */
interface Subject {
  readonly keys: KeySpace;
  readonly account: QuotaAccount;
  lookUp(how: string, key: readonly KeyValue[]): number;
  hash(key: readonly KeyValue[]): number;
  value(key: readonly KeyValue[]): KeyValue;
}

function run(subject: Subject, ops: readonly (readonly [Op, readonly KeyValue[]])[]): void {
  const { keys, account } = subject;
  const model = new Map<string, Model>();
  for (const [{ how, after }, key] of ops) {
    const normal = normalKey(subject.value(key), 'test');
    const name = `${typeof normal} ${normal}`;
    const known = model.get(name);
    const id = subject.lookUp(how, key);
    if (how.startsWith('find') && known === undefined) {
      expect(id).toBe(NO_KEY);
      continue;
    }
    const held: Model = known ?? { key: subject.value(key), id, holders: 0 };
    if (known === undefined) {
      for (const other of model.values()) expect(other.id).not.toBe(id);
      model.set(name, held);
    }
    expect(id).toBe(held.id);
    expect(id).toBeLessThan(keys.limit);
    expect(keys.hashOf(id)).toBe(subject.hash(key));
    if (after === 'retain') {
      keys.retain(id);
      held.holders++;
    }
    if (after === 'release' && held.holders > 0) {
      keys.release(id);
      held.holders--;
    }
    if (after === 'settle') {
      keys.settle(id);
      if (held.holders === 0) model.delete(name);
    }
    expect(account.usedBytes).toBe(keys.bytes);
  }
  expect(keys.size).toBe(model.size);
  const ids = [...keys.ids()].toSorted((a, b) => a - b);
  expect(ids).toEqual([...model.values()].map(({ id }) => id).toSorted((a, b) => a - b));
  for (const { id, key } of model.values())
    expect(normalised(keys.keyOf(id))).toEqual(normalised(key));
  keys.dispose();
  expect(account.usedBytes).toBe(0);
  expect(keys.size).toBe(0);
}

/** -0 is 0. */
function normalised(key: KeyValue): KeyValue {
  if (typeof key === 'number') return key + 0;
  return Array.isArray(key) ? (key as readonly KeyValue[]).map(normalised) : key;
}

function bytesSubject(types: (typeof PART_TYPES)[number][], plain: boolean): Subject {
  const test = typedInput(types);
  const account = new QuotaAccount('test', Infinity);
  const backend = createKeyedBackend({
    operatorName: 'test',
    account,
    maxParallelism: 128,
    inputs: [test.input, test.other],
  });
  const keys = backend.keys as BytesKeySpace;
  expect(keys).toBeInstanceOf(BytesKeySpace);
  const inputs = [test.input, test.other].map(({ type, key }) => ({
    type: type!,
    fields: key!.access!.fields,
    valueOf: (row: unknown) => key!.valueOf(row),
  }));
  const look = (input: 0 | 1, add: boolean) => {
    if (plain) return plainResolver(keys, inputs[input]!, keys.endsOf(inputs[input]!, add));
    return add ? keys.resolver(input) : keys.finder(input);
  };
  const [first, second] = [look(0, true), look(1, true)];
  const [find, findOther] = [look(0, false), look(1, false)];
  const value = (key: readonly KeyValue[]): KeyValue => (key.length === 1 ? key[0]! : key);
  return {
    keys,
    account,
    hash: (key) => test.hash(key),
    value,
    lookUp: (how, key) => {
      const hash = test.hash(key);
      if (how === 'view') return first(test.view(key), hash);
      if (how === 'other view') return second(test.view(key, true), hash);
      if (how === 'row') return first(test.row(key), hash);
      if (how === 'find') return find(test.view(key), hash);
      if (how === 'find other') return findOther(test.view(key, true), hash);
      if (how === 'find row') return find(test.row(key), hash);
      return keys.intern(value(key), hash);
    },
  };
}

const anyTypes = fc.array(fc.constantFrom(...PART_TYPES), { minLength: 1, maxLength: 3 });

describe('equal keys have one id while they are held, and come back as they were', () => {
  for (const plain of [false, true]) {
    it(`in a space of bytes with ${plain ? 'plain' : 'generated'} resolvers`, () => {
      const scenario = anyTypes.chain((types) =>
        fc.tuple(
          fc.constant(types),
          fc.array(fc.tuple(anyOp, fc.tuple(...types.map(anyPart))), {
            maxLength: 120,
            size: 'max',
          }),
        ),
      );
      fc.assert(
        fc.property(scenario, ([types, ops]) => run(bytesSubject(types, plain), ops)),
        { numRuns: 60 },
      );
    });
  }

  it('in a space of the heap, for keys of any kind', () => {
    const part: fc.Arbitrary<KeyValue> = fc.constantFrom(...PART_TYPES).chain(anyPart);
    const key: fc.Arbitrary<KeyValue> = fc.oneof(part, fc.array(part, { maxLength: 3 }));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyOp, fc.tuple(key)), { maxLength: 150, size: 'max' }),
        (ops) => {
          const account = new QuotaAccount('test', Infinity);
          const { keys } = createKeyedBackend({
            operatorName: 'test',
            account,
            maxParallelism: 4,
            inputs: [functionInput(), functionInput()],
          });
          const resolve = keys.resolver(0);
          const find = keys.finder(1);
          const hash = ([one]: readonly KeyValue[]): number => hashOf(one!);
          const lookUp = (how: string, one: readonly KeyValue[]): number => {
            if (how.startsWith('find')) return find(one[0], hash(one));
            return how === 'value' ? keys.intern(one[0]!, hash(one)) : resolve(one[0], hash(one));
          };
          run({ keys, account, lookUp, hash, value: ([one]) => one! }, ops);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('the space of an operator', () => {
  const backendFor = (inputs: readonly KeyedInput[]): KeySpace =>
    createKeyedBackend({
      operatorName: 'test',
      account: new QuotaAccount('test', Infinity),
      maxParallelism: 128,
      inputs,
    }).keys;

  it('holds one key when no input is keyed', () => {
    const keys = backendFor([{ type: undefined, codec: undefined, key: undefined }]);
    const resolve = keys.resolver(0);
    expect(resolve({ a: 1 }, 0)).toBe(resolve('anything', 0));
    expect(keys.size).toBe(1);
  });

  it('refuses to resolve rows of an input that has no key beside one that has', () => {
    const keys = backendFor([
      typedInput([{ kind: 'i32' }]).input,
      { type: undefined, codec: undefined, key: undefined },
    ]);
    expect(() => keys.resolver(1)).toThrow('input 1 has no key');
  });

  it('is on the heap when the key fields of its inputs differ in kind, and in bytes when only in width', () => {
    const narrow = typedInput([{ kind: 'i8' }]).input;
    const wide = typedInput([{ kind: 'i32' }]).input;
    const text = typedInput([{ kind: 'utf8' }]).input;
    expect(backendFor([narrow, wide])).toBeInstanceOf(BytesKeySpace);
    expect(backendFor([narrow, text])).not.toBeInstanceOf(BytesKeySpace);
    expect(backendFor([wide, functionInput()])).not.toBeInstanceOf(BytesKeySpace);
  });

  it('refuses values of another kind with what it expected and got', () => {
    const keys = backendFor([typedInput([{ kind: 'i32' }, { kind: 'utf8' }]).input]);
    for (const key of [1, [1], ['a', 'b'], [1.5, 'a'], [2 ** 31, 'a'], [1, 2], [1n, 'a']]) {
      expect(() => keys.intern(key as KeyValue, 1)).toThrow(
        expect.objectContaining({ code: 'ERR_STATE_KEY_TYPE' }),
      );
    }
  });

  it('writes the parts of a key into the fields of a result', () => {
    const target = {};
    const keys = backendFor([typedInput([{ kind: 'i32' }, { kind: 'utf8' }]).input]);
    keys.project(keys.intern([7, 'seven'], 1), target, ['number', 'name']);
    const heap = backendFor([functionInput()]);
    heap.project(heap.intern('x', 1), target, ['one']);
    heap.project(heap.intern([1, 2], 1), target, ['first', 'second']);
    expect(target).toEqual({ number: 7, name: 'seven', one: 'x', first: 1, second: 2 });
  });

  it('stays as it was when its quota is exceeded, and goes on when there is room again', () => {
    const test = typedInput([{ kind: 'utf8' }]);
    const account = new QuotaAccount('test', 300_000);
    const options = { operatorName: 'test', account, maxParallelism: 128, inputs: [test.input] };
    const { keys } = createKeyedBackend(options);
    let count = 0;
    const add = (): void => {
      for (; ; count++) keys.intern(`key number ${count}`, hashOf(`key number ${count}`));
    };
    expect(add).toThrow(expect.objectContaining({ code: 'ERR_STATE_QUOTA' }));
    expect(count).toBeGreaterThan(2000);
    expect(keys.size).toBe(count);
    expect(account.usedBytes).toBe(keys.bytes);
    const find = keys.finder(0);
    for (let i = 0; i < count; i++) {
      expect(find({ part0: `key number ${i}` }, hashOf(`key number ${i}`))).not.toBe(NO_KEY);
    }
    const gone = keys.intern('key number 5', hashOf('key number 5'));
    keys.settle(gone);
    expect(keys.intern('KEY NUMBER 5', hashOf('KEY NUMBER 5'))).toBe(gone);
  });
});
