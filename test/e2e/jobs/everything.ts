/** The streams of a job with every kind of operator, typed or untyped; `model.ts` says what they must give. */

import { bool, f64, i32, i64, nullable, record, utf8 } from 'millrace';
import { collect, generator } from 'millrace/connectors';
import type { JobEnvironment } from '../../../src/graph/index.ts';
import { orderOf } from './model.ts';
import type { Order } from './model.ts';

const OrderRow = record('Order', {
  id: i32,
  customer: utf8,
  note: nullable(utf8),
  amount: i64.asBigInt(),
  price: f64,
  gift: bool,
});
const Line = record('Line', { customer: utf8, id: i32, text: utf8 });
const Flag = record('Flag', { id: i32, customer: utf8 });

/** Declares the streams; parameters `rows` and `typed`. */
export function everything(env: JobEnvironment): void {
  const count = Number(env.parameters['rows']);
  const typed = env.parameters['typed'] === true;
  const optional = <T>(type: T): T => (typed ? type : (undefined as unknown as T));
  const orders = env.fromSource(
    generator<Order>({
      count,
      splits: 4,
      row: (i) => orderOf(i),
      ...(typed ? { type: OrderRow } : {}),
    }),
  );

  const kept = orders.filter((order) => order.id % 5 !== 0).name('kept');
  const doubled = kept.map(
    (order) => ({
      id: order.id,
      customer: order.customer.toUpperCase(),
      note: order.note,
      amount: order.amount * 2n,
      price: order.price,
      gift: !order.gift,
    }),
    optional(OrderRow),
  );
  doubled.sinkTo(collect('doubled'));

  const lines = kept.flatMap<{ customer: string; id: number; text: string }>((order, out) => {
    for (let i = 0; i < order.id % 3; i++) {
      out.collect({ customer: order.customer, id: order.id, text: `${order.note ?? '-'}/${i}` });
    }
  }, optional(Line));
  lines.sinkTo(collect('lines'));

  doubled.keyBy('customer').sum('amount').sinkTo(collect('sum'));
  doubled.keyBy('customer').min('price').sinkTo(collect('min'));
  doubled.keyBy('customer').max('price').sinkTo(collect('max'));
  doubled.keyBy('customer').minBy('price').sinkTo(collect('minBy'));
  kept
    .keyBy((order) => order.id % 7)
    .reduce((a, b) => ({
      id: a.id,
      customer: a.customer < b.customer ? a.customer : b.customer,
      note: b.note === null ? a.note : b.note,
      amount: a.amount + b.amount,
      price: Math.max(a.price, b.price),
      gift: a.gift !== b.gift,
    }))
    .sinkTo(collect('reduced'));

  const gifts = orders.filter((order) => order.gift);
  const dear = orders.filter((order) => order.price >= 50).rebalance();
  gifts.union(dear).sinkTo(collect('union'));

  const processed = orders.process<{ id: number; customer: string }>(
    {
      processElement(order, context, out) {
        if (order.note === null) context.output('bare', { id: order.id, customer: order.customer });
        else out.collect({ id: order.id, customer: order.customer });
      },
    },
    optional(Flag),
  );
  processed.sinkTo(collect('noted'));
  const bare = typed
    ? processed.getSideOutput('bare', Flag)
    : processed.getSideOutput<{ id: number; customer: string }>('bare');
  bare.sinkTo(collect('bare'));

  processed
    .connect(bare)
    .keyBy('customer', 'customer')
    .map(
      (a) => ({ customer: a.customer, id: a.id, text: 'noted' }),
      (b) => ({ customer: b.customer, id: -b.id, text: 'bare' }),
      optional(Line),
    )
    .sinkTo(collect('connected'));

  orders
    .keyBy('customer')
    .process<{ customer: string; id: number; text: string }>(
      {
        processElement(_, context, out) {
          const seen = context.getState('seen', 0);
          seen.update(seen.value() + 1);
          out.collect({ customer: context.key, id: seen.value(), text: `${context.key}` });
        },
      },
      optional(Line),
    )
    .sinkTo(collect('counted'));
}
