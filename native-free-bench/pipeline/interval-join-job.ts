/** The job of interval-join, on the public face. */

import { boundedOutOfOrderness, i32, job, record, timestamp } from 'millrace';
import { collect, generator } from 'millrace/connectors';
import {
  DISORDER_MS,
  LOWER_MS,
  orderId,
  paidId,
  sumOf,
  timeOf,
  UPPER_MS,
} from './interval-join-rows.ts';

const Order = record('Order', { id: i32, sum: i32, time: timestamp });
const Payment = record('Payment', { order: i32, amount: i32, time: timestamp });
const Paid = record('Paid', { sum: i32, amount: i32 });

export default job('interval-join', { parallelism: 1 }, (env) => {
  const rows = Number(env.parameters['rows']);
  const select = env.parameters['form'] === 'select';
  const totals = new Float64Array(2);
  const paid = { sum: 0, amount: 0 };
  const strategy = boundedOutOfOrderness<{ time: number }>((row) => row.time, DISORDER_MS);
  const orders = env
    .fromSource(
      generator({
        type: Order,
        count: rows,
        splits: 1,
        row: (i, out) => {
          out.id = orderId(i);
          out.sum = sumOf(i);
          out.time = timeOf(i);
          return out;
        },
      }),
      strategy,
    )
    .name('orders');
  const payments = env
    .fromSource(
      generator({
        type: Payment,
        count: rows,
        splits: 1,
        row: (i, out) => {
          out.order = paidId(i);
          out.amount = i % 1000;
          out.time = timeOf(i);
          return out;
        },
      }),
      strategy,
    )
    .name('payments');
  const join = orders.keyBy('id').intervalJoin(payments.keyBy('order')).between(LOWER_MS, UPPER_MS);
  const pairs = select
    ? join.select('Paid', { sum: 'left.sum', amount: 'right.amount' })
    : join.process((order, payment) => {
        paid.sum = order.sum;
        paid.amount = payment.amount;
        return paid;
      }, Paid);
  pairs
    .name('join')
    .process<{ pairs: number; checksum: number }>({
      processElement: (row) => {
        totals[0]!++;
        totals[1]! += row.sum + row.amount;
      },
      finish: (out) => {
        out.collect({ pairs: totals[0]!, checksum: totals[1]! });
      },
    })
    .sinkTo(collect());
});
