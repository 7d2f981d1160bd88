/** What an outer join takes back reaches an aggregate behind it. */

import { expect, test } from 'vitest';
import { count, i32, job, record } from 'millrace';
import { fromCollection, table } from 'millrace/connectors';
import { runJob } from '../../src/testing/index.ts';

const Order = record('Order', { id: i32, group: i32 });
const Payment = record('Payment', { order: i32 });

test.each([1, 2, 3])(
  'an aggregate over a left join counts a padded row only until its match comes, order %i',
  async (seed) => {
    const orders = [1, 2, 3, 4].map((id) => ({ id, group: id % 2 }));
    const payments = [1, 3, 3].map((order) => ({ order }));
    const counted = job('counted', (env) => {
      env
        .fromSource(fromCollection(orders, Order))
        .keyBy('id')
        .leftJoin(env.fromSource(fromCollection(payments, Payment)).keyBy('order'))
        .select('Paid', { group: 'left.group', order: 'right.order' })
        .keyBy('group')
        .aggregate({ rows: count(), paid: count('order') })
        .sinkTo(table('counts', { key: ['group'] }));
    });
    const { collected } = await runJob(counted, { seed, parallelism: 2 });
    const rows = collected['counts'] as { group: number; rows: number; paid: number }[];
    expect(rows.toSorted((a, b) => a.group - b.group)).toEqual([
      { group: 0, rows: 2, paid: 0 },
      { group: 1, rows: 3, paid: 3 },
    ]);
  },
);
