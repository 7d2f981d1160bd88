/**
 * Prices of shares against the price that was valid at their time: an as-of join.
 *
 *     csv -> map: a price at a time -> key by symbol ------------> temporal join -> map -> print
 *                                   -> each quarter's first -> key by symbol ->
 *
 * Every quarter has a quote for each share, its price in the first month; the quote is valid until the next one. Each month's
 * price is joined with the quote that is valid then, if there is one, whatever the order in which the rows arrive. It shows
 * a temporal join, fields selected as bytes, one stream that is used twice, and that batch mode needs no watermarks.
 *
 *     npm run -s millrace -- run src/examples/stock-join.ts
 *     npm run -s millrace -- run src/examples/stock-join.ts --param symbol=MSFT
 */

import { f64, job, monotonousTimestamps, record, timestamp, utf8 } from 'millrace';
import { csv } from 'millrace/connectors';

/** As it stands in the file: `MSFT,Jan 1 2000,39.81`. */
const Line = record('Line', { symbol: utf8, date: utf8, price: f64 });

const Price = record('Price', { symbol: utf8, time: timestamp, price: f64 });

const stocks = new URL('../data/stocks.csv', import.meta.resolve('vega-datasets'));

export default job('stock-join', { parallelism: 1, executionMode: 'batch' }, (env) => {
  const { symbol = 'GOOG' } = env.parameters;
  const prices = env
    .fromSource(csv(stocks, Line))
    .map(
      (line) => ({
        symbol: line.symbol,
        time: Date.parse(`${line.date} UTC`),
        price: line.price,
      }),
      Price,
    )
    // The file has one share after the other. In batch mode that does no harm: no time passes before all rows are there.
    .assignTimestamps(monotonousTimestamps((price) => price.time));
  const quotes = prices
    .filter((price) => new Date(price.time).getUTCMonth() % 3 === 0)
    .name('quotes');
  prices
    .keyBy('symbol')
    .leftTemporalJoin(quotes.keyBy('symbol'))
    .select('Gain', {
      symbol: 'left.symbol',
      time: 'left.time',
      price: 'left.price',
      quote: 'right.price',
      quotedAt: 'right.time',
    })
    .filter((gain) => gain.symbol === symbol)
    .map(({ time, price, quote, quotedAt }) => {
      const line = `${month(time)} ${price.toFixed(2).padStart(7)}   `;
      if (quote === null || quotedAt === null) return `${line}no quote yet`;
      const change = (100 * (price - quote)) / quote;
      const percent = `${change.toFixed(1).padStart(6)} %`;
      return `${line}quote of ${month(quotedAt)} ${quote.toFixed(2).padStart(7)}   ${percent}`;
    })
    .print();
});

function month(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7);
}
