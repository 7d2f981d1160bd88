/**
 * The second thread of the thread-stream peer: rows come as lines of JSON, behind a line with an exclamation mark that says what
 * to do, before an empty line that ends the run.
 */

import { Writable } from 'node:stream';
import { parentPort } from 'node:worker_threads';
import type { Bid } from '../../nexmark/generator-records.ts';
import { TASKS, tallyOf } from './task.ts';
import type { Tally, Task } from './task.ts';

export default async function open(): Promise<Writable> {
  let task: Task | undefined;
  let tally: Tally | undefined;
  const takeLine = (line: string): void => {
    if (line === '') {
      parentPort!.postMessage({ code: 'EVENT', name: 'result', args: [tally!.result()] });
    } else if (line.startsWith('!')) {
      const { query, checked } = JSON.parse(line.slice(1)) as { query: string; checked: boolean };
      task = TASKS[query]!;
      tally = tallyOf(query, checked);
    } else {
      const bid = JSON.parse(line) as Bid;
      if (task!.keep(bid)) tally!.emit(task!.map(bid));
    }
  };
  let rest = '';
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop()!;
      for (const line of lines) takeLine(line);
      done();
    },
  });
}
