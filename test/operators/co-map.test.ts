import { expect, it } from 'vitest';

import { i32, record, utf8 } from 'millrace';
import type { Stream } from 'millrace';
import { inEveryMode, testOperator2 } from 'millrace/testing';

const N = record('N', { n: i32 });
const Text = record('Text', { text: utf8 });

it('coMap sends each input through its own function, with the timestamp of the row', async () => {
  const test = await inEveryMode(
    (options) =>
      testOperator2(
        (numbers: Stream<{ n: number }>, texts: Stream<{ text: string }>) =>
          numbers.connect(texts).map(
            (row) => row.n,
            (row) => row.text.length,
          ),
        { first: N, second: Text, ...options },
      ),
    (script) => {
      script.first.push({ n: 5 }, 1);
      script.second.push({ text: 'abc' }, 2);
    },
  );
  expect(test.emitted).toEqual([
    { row: 5, timestamp: 1 },
    { row: 3, timestamp: 2 },
  ]);
});
