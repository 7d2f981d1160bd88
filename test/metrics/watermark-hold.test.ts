/** Law: the holder of event time is an active source, found along the channels that hold watermarks back. */

import { expect, test } from 'vitest';
import { readMetrics } from '../../src/metrics/index.ts';
import { inputOf, rawSubtask } from './job-fixture.ts';

// Two sources (0, 1) feed two subtasks (2, 3).
test('the slowest subtask names the source that its watermark waits for, and since when', () => {
  const { watermarkHold } = readMetrics(
    inputOf([
      rawSubtask({ watermark: 900, watermarkSinceMs: 10 }),
      rawSubtask({ watermark: 500, watermarkSinceMs: 20 }),
      rawSubtask({ watermark: 500, watermarkHolder: 1 }),
      rawSubtask({ watermark: 700, watermarkHolder: 0 }),
    ]),
  );
  expect(watermarkHold).toEqual({ subtask: 2, heldBy: 1, watermark: 500, sinceMs: 20 });
});

test('a source without any watermark is named too', () => {
  const { watermarkHold } = readMetrics(
    inputOf([
      rawSubtask({ watermark: 900, watermarkSinceMs: 10 }),
      rawSubtask(),
      rawSubtask({ watermarkHolder: 1 }),
      rawSubtask({ watermarkHolder: 1 }),
    ]),
  );
  expect(watermarkHold).toEqual({ subtask: 2, heldBy: 1, watermark: null, sinceMs: null });
});

test('nobody holds event time back where every consumer is idle or the source has ended', () => {
  const idle = rawSubtask({ watermarkHolder: 0, inputStatus: 1 });
  expect(readMetrics(inputOf([rawSubtask(), rawSubtask(), idle, idle])).watermarkHold).toBeNull();
  const ended = rawSubtask({ inputStatus: 2 });
  const waiting = rawSubtask({ watermarkHolder: 0 });
  expect(readMetrics(inputOf([ended, ended, waiting, waiting])).watermarkHold).toBeNull();
});
