/** Jobs that are given something wrong; the parameter `what` chooses. */

import { isMainThread } from 'node:worker_threads';
import { i32, job, nullable, record, utf8 } from 'millrace';
import { collect, csv, discard, generator, jsonLines, parquet } from 'millrace/connectors';
import type { BadRow, BadRowPolicy } from 'millrace/connectors';

const Row = record('Row', { id: i32, name: nullable(utf8) });
const Text = record('Text', { text: utf8 });

export default job('bad', (env) => {
  const text = (name: string): string => {
    const value = env.parameters[name];
    return typeof value === 'string' ? value : '';
  };
  const file = text('file');
  const options = { onBadRow: (text('policy') || 'fail') as BadRowPolicy };
  const numbers = env.fromSource(generator({ count: 100, row: (id) => ({ id }) })).name('numbers');

  const what = text('what');
  if (what === 'csv' || what === 'json') {
    const source = what === 'csv' ? csv(file, Row, options) : jsonLines(file, Row, options);
    const rows = env.fromSource(source).name('reader');
    rows.sinkTo(collect());
    rows.getSideOutput<BadRow>('bad-rows').sinkTo(collect('bad'));
    numbers.sinkTo(discard());
  } else if (what === 'parquet') {
    env.fromSource(parquet(file, Row)).name('reader').sinkTo(collect());
    numbers.sinkTo(discard());
  } else if (what === 'graph') {
    if (isMainThread) numbers.sinkTo(discard());
    else numbers.filter((row) => row.id > 1).sinkTo(discard());
  } else if (what === 'build') {
    throw new TypeError('the build function failed');
  } else if (what === 'key') {
    const keys: Record<string, unknown> = { missing: undefined, null: null, object: { a: 1 } };
    numbers
      .map((row) => ({ id: row.id, key: row.id === 42 ? keys[text('key')] : 'k' }))
      .name('keys')
      .keyBy((row) => row.key as string)
      .reduce((a) => a)
      .sinkTo(discard());
  } else if (what === 'nullField') {
    numbers
      .map((row) => ({ id: row.id, name: row.id === 42 ? null : 'n' }), Row)
      .name('keys')
      .keyBy('name')
      .sum('id')
      .sinkTo(discard());
  } else if (what === 'range') {
    numbers
      .map((row) => ({ id: row.id === 42 ? 2 ** 31 : row.id, name: null }), Row)
      .name('widened')
      .rebalance()
      .sinkTo(discard());
  } else if (what === 'large') {
    numbers
      .map((row) => ({ text: 'x'.repeat(row.id * 100) }), Text)
      .name('texts')
      .rebalance()
      .sinkTo(discard());
  } else if (what === 'overdraft') {
    numbers
      .flatMap<{ text: string }>((row, out) => {
        for (let i = 0; i < 10_000; i++) out.collect({ text: `row ${row.id} ${i}` });
      }, Text)
      .name('many')
      .rebalance()
      .sinkTo(discard());
  } else if (what === 'function') {
    numbers
      .map((row) => () => row.id)
      .name('functions')
      .sinkTo(collect());
  } else if (what === 'sink') {
    numbers.sinkTo(jsonLines(file)).name('writer');
  } else {
    numbers.rebalance().sinkTo(discard());
  }
});
