import { Builder } from 'flatbuffers';
import { expect, test } from 'vitest';
import { fromByteBuffer, toByteBuffer } from '../../src/flatbuffers.ts';
import { compileCodec, i32, Memory, record, utf8 } from '../../src/record/index.ts';

const Bid = record('Bid', { price: i32, channel: utf8 });

test('a row becomes a buffer of the official runtime, which reads its fields', () => {
  const codec = compileCodec(Bid);
  const memory = new Memory(new SharedArrayBuffer(256));
  const bytes = codec.write({ price: 42, channel: 'Zürich' }, memory, 16);
  memory.i32[2] = bytes;
  const view = codec.createView();
  view.bind(memory);
  view.at = 16;
  const buffer = toByteBuffer(view);
  memory.u8.fill(0xff);
  const table = buffer.readInt32(buffer.position()) + buffer.position();
  expect(buffer.readInt32(table + buffer.__offset(table, 4))).toBe(42);
  expect(buffer.__string(table + buffer.__offset(table, 6))).toBe('Zürich');
  expect(() => toByteBuffer({ price: 1, channel: '' })).toThrow(TypeError);
});

test('a buffer of the official runtime becomes a row, and a damaged one an error', () => {
  const builder = new Builder(64);
  const channel = builder.createString('web');
  builder.startObject(2);
  builder.addFieldOffset(1, channel, 0);
  builder.addFieldInt32(0, 7, 0);
  builder.finish(builder.endObject());
  expect(fromByteBuffer(Bid, builder.asUint8Array())).toEqual({ price: 7, channel: 'web' });
  expect(fromByteBuffer(Bid, builder.dataBuffer())).toEqual({ price: 7, channel: 'web' });
  const cut = builder.asUint8Array().slice(0, -8);
  expect(() => fromByteBuffer(Bid, cut)).toThrow(
    expect.objectContaining({ code: 'ERR_RECORD_CORRUPT' }),
  );
});
