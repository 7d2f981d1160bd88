import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WindowPart } from '../../../src/operators/window/window-part.ts';
import { createKeyedBackend, QuotaAccount } from '../../../src/state/index.ts';

const command = fc.oneof(
  fc.record({
    op: fc.constant('add' as const),
    key: fc.nat(3),
    end: fc.integer({ min: -20, max: 20 }),
  }),
  fc.record({ op: fc.constant('remove' as const), key: fc.nat(3), pick: fc.nat() }),
  fc.record({
    op: fc.constant('resize' as const),
    key: fc.nat(3),
    pick: fc.nat(),
    bytes: fc.nat(500),
  }),
);

// Laws: the panes of a key are in the order of their ends, which differ; `find` gives the pane of an end. A key is
// retained while it has a pane. What the account holds is the sum of the panes' bytes.
it('keeps the panes of a key by their ends, retains keys that have some, and accounts for each', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const account = new QuotaAccount('test', Infinity);
      const { keys } = createKeyedBackend({
        operatorName: 'test',
        account: new QuotaAccount('keys', Infinity),
        maxParallelism: 128,
        inputs: [
          { type: undefined, codec: undefined, key: { access: undefined, valueOf: Number } },
        ],
      });
      const part = new WindowPart(keys, account);
      const model = new Map<number, number[]>();
      for (const one of commands) {
        const id = keys.intern(one.key, 7 * one.key);
        const ends = model.get(one.key) ?? [];
        model.set(one.key, ends);
        if (one.op === 'add') {
          if (!ends.includes(one.end)) {
            ends.push(one.end);
            part.replace(id, part.placeOf(id, one.end), 0, { start: one.end - 5, end: one.end });
          }
        } else if (ends.length > 0) {
          const end = ends[one.pick % ends.length]!;
          const pane = part.find(id, end)!;
          if (one.op === 'resize') part.resize(pane, one.bytes);
          else {
            part.remove(id, pane);
            ends.splice(ends.indexOf(end), 1);
          }
        }
        expect(part.panesOf(id).map(({ window }) => window.end)).toEqual(
          ends.toSorted((a, b) => a - b),
        );
        expect(part.find(id, 100)).toBeUndefined();
        keys.settle(id);
        const held = [...model.values()].filter((list) => list.length > 0).length;
        expect(keys.size).toBe(held);
        const panes = [...keys.ids()].flatMap((held) => [...part.panesOf(held)]);
        expect(account.usedBytes).toBe(panes.reduce((sum, pane) => sum + pane.bytes, 0));
      }
      part.dispose();
      expect(account.usedBytes).toBe(0);
    }),
  );
});
