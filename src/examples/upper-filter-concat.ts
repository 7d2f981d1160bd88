/**
 * The smallest job: the lines of letters.txt in upper case, without `A`, joined into one text.
 *
 *     npm run -s millrace -- run src/examples/upper-filter-concat.ts
 *
 * The file holds a, b, c, a, d, e. A fold of a stream gives a result for every row it takes, so it prints
 *
 *     B
 *     B-C
 *     B-C-D
 *     B-C-D-E
 *
 * One subtask of each operator keeps this order. With more of them, lines come from several threads at once, and `print`
 * puts the number of its subtask before each: `2> B-C`.
 */

import { boundedOutOfOrderness, job } from 'millrace';
import { lines } from 'millrace/connectors';

export default job('upper-filter-concat', { parallelism: 1 }, (env) => {
  env
    // Lines have no time of their own, so that of reading stands for it; the watermark trails it by a second.
    .fromSource(
      lines(new URL('letters.txt', import.meta.url)),
      boundedOutOfOrderness(() => Date.now(), '1s'),
    )
    .map((line) => line.toUpperCase())
    .filter((letter) => letter !== 'A')
    .reduce((joined, letter) => `${joined}-${letter}`)
    .print();
});
