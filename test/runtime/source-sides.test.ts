/** A source with several kinds of rows: its side outputs. */

import { expect, test } from 'vitest';
import { collect } from '../../src/connectors/index.ts';
import type { Source } from '../../src/connectors/index.ts';
import { job, monotonousTimestamps } from '../../src/graph/index.ts';
import { i32, record, utf8 } from '../../src/record/index.ts';
import { runJob } from '../../src/testing/index.ts';

const Numbered = record('Numbered', { n: i32 });
const Named = record('Named', { name: utf8, n: i32 });

/** Rows 0 .. 9: even ones are numbered, odd ones named, every fifth goes where nobody reads. */
const mixed: Source<{ readonly n: number }> = {
  kind: 'mixed',
  params: {},
  functions: {},
  type: Numbered,
  bounded: true,
  async: false,
  maxParallelism: 1,
  splits: async () => [{ id: 'all' }],
  open: async () => {
    let at = 0;
    return {
      poll(output) {
        for (; at < 10 && !output.full; at++) {
          if (at % 5 === 4) output.emitSide('nobody', { n: at });
          else if (at % 2 === 0) output.emit({ n: at });
          else output.emitSide('named', { name: `n${at}`, n: at });
        }
        return at === 10 ? 'end' : 'more';
      },
      position: () => at,
    };
  },
};

const mixedJob = job('mixed', (env) => {
  const numbered = env.fromSource(
    mixed,
    monotonousTimestamps((row) => row.n),
  );
  numbered.sinkTo(collect('numbered'));
  numbered
    .getSideOutput('named', Named)
    .map(({ name }) => ({ name: `${name}!`, n: 0 }), Named)
    .sinkTo(collect('named'));
});

test.each([true, false])('each kind of row goes its way, generated code %s', async (codegen) => {
  const run = await runJob(mixedJob, { codegen, stepRowsMax: 3 });
  expect(run.collected['numbered']).toEqual([0, 2, 6, 8].map((n) => ({ n })));
  expect(run.collected['named']).toEqual([1, 3, 5, 7].map((n) => ({ name: `n${n}!`, n: 0 })));
});
