/**
 * The smallest job: lines of a text file in upper case, without `A`, joined into one growing text.
 *
 *     npx millrace run upper-filter-concat.ts
 *
 * `reduce` prints one result per line it takes: B, then B-C, then B-C-D, …
 */

import { boundedOutOfOrderness, job } from 'millrace';
import { lines } from 'millrace/connectors';

export default job('upper-filter-concat', (env) => {
  env
    // The line's place in the file stands for its time; a watermark trails it by one second.
    .fromSource(
      lines(new URL('letters.txt', import.meta.url)),
      boundedOutOfOrderness(() => Date.now(), 1000),
    )
    .map((line) => line.toUpperCase())
    .filter((value) => value !== 'A')
    .reduce((joined, value) => `${joined}-${value}`)
    .print();
});
