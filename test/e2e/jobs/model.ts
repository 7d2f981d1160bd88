/** What `everything.ts` must give, by plain loops over its input. */

/** A row of the job's input. */
export interface Order {
  id: number;
  customer: string;
  note: string | null;
  amount: bigint;
  price: number;
  gift: boolean;
}

const NAMES = ['ada', 'bo', 'zoë', '李', '😀', '', 'a longer name that does not fit a few bytes'];

/** The order with this index. */
export function orderOf(i: number): Order {
  return {
    id: i,
    customer: NAMES[i % NAMES.length]!,
    note: i % 4 === 0 ? null : `n${'x'.repeat(i % 11)}é`,
    amount: BigInt(i) * 1_000_000_007n - 5_000_000_000n,
    price: ((i * 37) % 101) + 0.25,
    gift: i % 6 === 0,
  };
}

/** Rows that must come whatever the parallelism, in any order. */
export function expectedBags(count: number): Record<string, unknown[]> {
  const bags: Record<string, unknown[]> = {};
  const push = (name: string, row: unknown): void => void (bags[name] ??= []).push(row);
  const seen = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const order = orderOf(i);
    if (order.gift) push('union', order);
    if (order.price >= 50) push('union', order);
    const { id, customer } = order;
    push(order.note === null ? 'bare' : 'noted', { id, customer });
    push(
      'connected',
      order.note === null ? { customer, id: -id, text: 'bare' } : { customer, id, text: 'noted' },
    );
    seen.set(customer, (seen.get(customer) ?? 0) + 1);
    push('counted', { customer, id: seen.get(customer), text: customer });
    if (id % 5 === 0) continue;
    push('doubled', doubledOf(order));
    for (let k = 0; k < id % 3; k++)
      push('lines', { customer, id, text: `${order.note ?? '-'}/${k}` });
  }
  return bags;
}

/** The values that each key must end with, for the rolling folds: by sink name, by key. */
export function expectedFinals(count: number): Record<string, Record<string, unknown>> {
  const sum: Record<string, string> = {};
  const min: Record<string, number> = {};
  const max: Record<string, number> = {};
  const reduced: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) {
    const order = orderOf(i);
    if (order.id % 5 === 0) continue;
    const { customer, amount, price } = doubledOf(order);
    sum[customer] = String(BigInt(sum[customer] ?? 0) + amount);
    min[customer] = Math.min(min[customer] ?? Infinity, price);
    max[customer] = Math.max(max[customer] ?? -Infinity, price);
    const key = String(order.id % 7);
    const before = reduced[key] as { amount: string; price: number; gift: boolean } | undefined;
    reduced[key] = {
      customer: NAMES[Number(key)],
      amount: String(BigInt(before?.amount ?? 0) + order.amount),
      price: Math.max(before?.price ?? -Infinity, order.price),
      gift: (before?.gift ?? false) !== order.gift,
    };
  }
  return { sum, min, max, minBy: min, reduced };
}

function doubledOf(order: Order): Order {
  return {
    ...order,
    customer: order.customer.toUpperCase(),
    amount: order.amount * 2n,
    gift: !order.gift,
  };
}
