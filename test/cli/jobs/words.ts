/** A job that ends: words from a collection in upper case, and a record type for each. */

import { job, record, utf8 } from 'millrace';
import { fromCollection } from 'millrace/connectors';

const Word = record('Word', { text: utf8 });

console.log('loading words');

export default job('words', { parallelism: 1 }, (env) => {
  const words = (env.parameters['words'] ?? ['a', 'b', 'c']) as string[];
  env
    .fromSource(
      fromCollection(
        words.map((text) => ({ text })),
        Word,
      ),
    )
    .map((word) => word.text.toUpperCase())
    .name('upper')
    .print();
});
