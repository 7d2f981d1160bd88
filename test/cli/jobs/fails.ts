/** A job whose function throws at a row; parameter `at`. Also prints by itself, as people do who look for a mistake. */

import { job, record, i32, utf8 } from 'millrace';
import { generator } from 'millrace/connectors';

const Order = record('Order', { id: i32, customer: utf8 });

export default job('fails', { parallelism: 1 }, (env) => {
  const at = Number(env.parameters['at'] ?? 3);
  env
    .fromSource(
      generator({ type: Order, count: 10, row: (id) => ({ id, customer: `customer ${id}` }) }),
    )
    .map((order) => {
      console.log(`sees ${order.id}`);
      if (order.id === at) throw new RangeError(`no price for ${order.customer}`);
      return order.id;
    })
    .name('price')
    .print();
});
