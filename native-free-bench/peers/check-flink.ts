/**
 * Holds Flink's results against the models: `node -C source native-free-bench/peers/check-flink.ts [EVENTS] [PARALLELISM] [GROUP]`.
 * Prints a line for each query; exit code 0: all agree (or there is no Flink, with the reason), 1: one differs.
 */

import { checksumOf } from '../nexmark/checksum.ts';
import { plainEvents } from '../nexmark/generator-events.ts';
import { byKind, models } from '../nexmark/models/index.ts';
import { startFlink } from './flink.ts';
import type { FlinkPeer } from './flink.ts';

const [events = 20_000, parallelism = 1, outOfOrderGroupSize = 1] = process.argv
  .slice(2)
  .map(Number);

const flink = await startFlink();
if (flink.kind === 'missing') process.stdout.write(`no Flink: ${flink.reason}\n`);
else {
  try {
    await check(flink);
  } finally {
    await flink.close();
  }
}

async function check(peer: FlinkPeer): Promise<void> {
  const all = plainEvents({ events });
  const columns = all.map((each) => Object.values(each.person ?? each.auction ?? each.bid!));
  report('events', checksumOf(columns).value, (await peer.selfTest(events)).checksum);
  const arrived = byKind(plainEvents({ events, outOfOrderGroupSize }));
  for (const [query, model] of Object.entries(models)) {
    const expected = checksumOf(model.rows(arrived));
    for (const miniBatch of [false, true]) {
      const options = { events, parallelism, outOfOrderGroupSize };
      const got = await peer.run({ query, miniBatch, splitDistinct: miniBatch, ...options });
      const name = miniBatch ? `${query}, mini-batch` : query;
      report(name, `${expected.rows} ${expected.value}`, `${got.rows} ${got.checksum}`);
    }
  }
}

function report(name: string, expected: string, got: string): void {
  const same = expected === got;
  if (!same) process.exitCode = 1;
  process.stdout.write(`${name}: ${same ? 'same' : `expected ${expected}, got ${got}`}\n`);
}
