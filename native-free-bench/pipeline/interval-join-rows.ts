/** The rows of interval-join and the answer they must give: plain functions, the same on every thread. */

/** Left + lower <= right <= left + upper. */
export const LOWER_MS = -50;
export const UPPER_MS = 1000;
/** Rows come at most this much out of order. */
export const DISORDER_MS = 20;
/** Ids in use at one time. */
const ID_SPAN = 100_000;

/** Id of the i-th order. */
export function orderId(i: number): number {
  return i % ID_SPAN;
}

/** Timestamp of the i-th row of either side: one each millisecond and ten rows, a little out of order. */
export function timeOf(i: number): number {
  return Math.floor(i / 10) + (Math.imul(i, 7) % DISORDER_MS);
}

/** Which order the i-th payment is for: one of the last thousands. */
export function paidId(i: number): number {
  const back = (Math.imul(i, 1_103_515_245) >>> 16) % 8_000;
  return orderId(Math.max(0, i - back));
}

/** Sum of an order. */
export function sumOf(i: number): number {
  return (Math.imul(i, 31) >>> 8) % 1000;
}

export interface Answer {
  readonly pairs: number;
  readonly checksum: number;
}

/** The same join by arrays: orders by id, looked through for every payment. */
export function expectedAnswer(rows: number): Answer {
  const orders: number[][] = Array.from({ length: ID_SPAN }, () => []);
  for (let i = 0; i < rows; i++) orders[orderId(i)]!.push(i);
  let pairs = 0;
  let checksum = 0;
  for (let i = 0; i < rows; i++) {
    const time = timeOf(i);
    for (const order of orders[paidId(i)]!) {
      const apart = time - timeOf(order);
      if (apart < LOWER_MS || apart > UPPER_MS) continue;
      pairs++;
      checksum += sumOf(order) + (i % 1000);
    }
  }
  return { pairs, checksum };
}
