/** Law of src/checkpoint/in-flight-files.ts: what is read of a handle is what was written, piece by piece. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryStore, readInFlight, writeInFlight } from '../../src/checkpoint/index.ts';
import type { InFlightFrames } from '../../src/checkpoint/index.ts';

const channel = {
  from: 'a',
  sideOutput: '',
  producer: 0,
  producers: 2,
  to: 'b',
  input: 0,
  consumer: 1,
  consumers: 2,
  edge: 0,
  layout: 'n:i32',
  timestamps: true,
} as const;

const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 5 });

test('rows on their way come back as they were written', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(pieces, { maxLength: 4 }), async (all) => {
      const store = memoryStore();
      const frames = all.map((each, producer): InFlightFrames => ({
        ...channel,
        producer,
        pieces: each,
      }));
      const { handles, bytes } = await writeInFlight(store, 7, 3, frames);
      const read: InFlightFrames[] = [];
      for (const { section, ...name } of handles) {
        const held: Uint8Array[] = [];
        for await (const piece of readInFlight(store, { ...name, section })) held.push(piece);
        read.push({ ...name, pieces: held });
      }
      expect(read).toEqual(frames);
      expect(await store.list()).toHaveLength(all.length === 0 ? 0 : 1);
      expect(bytes > 0).toBe(all.length > 0);
    }),
  );
});
