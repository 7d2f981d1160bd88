/** The two queues of asynchronous I/O against what their order promises. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OrderedQueue, UnorderedQueue } from '../../src/operators/async-queue.ts';
import type { AsyncQueue } from '../../src/operators/async-queue.ts';

interface Request {
  readonly id: number;
  completed: boolean;
}
type Step = 'add' | 'watermark' | 'take' | number;

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Step>('add') },
    { weight: 1, arbitrary: fc.constant<Step>('watermark') },
    { weight: 2, arbitrary: fc.constant<Step>('take') },
    { weight: 3, arbitrary: fc.nat() as fc.Arbitrary<Step> },
  ),
  { maxLength: 60 },
);

/** What was added, what was completed and what was taken; requests by id, watermarks as negative numbers. */
function drive(queue: AsyncQueue<Request>, list: readonly Step[]) {
  const added: number[] = [];
  const completed: number[] = [];
  const taken: number[] = [];
  const open: Request[] = [];
  let held = 0;
  const take = (): boolean => {
    const element = queue.take();
    if (element === undefined) return false;
    if (typeof element !== 'number') {
      held--;
      expect(element.completed).toBe(true);
    }
    taken.push(typeof element === 'number' ? element : element.id);
    expect(queue.size).toBe(held);
    return true;
  };
  const complete = (at: number): void => {
    const [request] = open.splice(at % open.length, 1);
    completed.push(request!.id);
    queue.complete(request!);
  };
  for (const step of list) {
    if (step === 'add') {
      const request = { id: added.length + 1, completed: false };
      added.push(request.id);
      open.push(request);
      queue.add(request);
      held++;
    } else if (step === 'watermark') {
      added.push(-added.length - 1);
      queue.addWatermark(added.at(-1)!);
    } else if (step === 'take') take();
    else if (open.length > 0) complete(step);
    expect(queue.requests().map(({ id }) => id)).toEqual(
      added.filter((id) => id > 0 && !taken.includes(id)),
    );
  }
  while (open.length > 0) complete(0);
  while (take());
  return { added, completed, taken };
}

/** Law 1: nothing crosses a watermark, and nothing is lost; a watermark may be replaced by one right after it. */
function expectSegments(added: readonly number[], taken: readonly number[]): void {
  expect(taken.filter((id) => id > 0).toSorted((a, b) => a - b)).toEqual(
    added.filter((id) => id > 0),
  );
  taken.forEach((element, i) => {
    if (element > 0) return;
    const before = new Set(added.slice(0, added.indexOf(element)).filter((id) => id > 0));
    expect(new Set(taken.slice(0, i).filter((id) => id > 0))).toEqual(before);
  });
  const watermarks = taken.filter((id) => id < 0);
  expect(watermarks).toEqual(watermarks.toSorted((a, b) => b - a));
  expect(watermarks.at(-1)).toBe(added.filter((id) => id < 0).at(-1));
}

describe('requests are taken once, and none passes a watermark', () => {
  test('in the order in which they were added', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const { added, taken } = drive(new OrderedQueue(), list);
        expectSegments(added, taken);
        expect(taken.filter((id) => id > 0)).toEqual(added.filter((id) => id > 0));
      }),
    );
  });

  test('between two watermarks in the order in which they were completed', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const { added, completed, taken } = drive(new UnorderedQueue(), list);
        expectSegments(added, taken);
        const segmentOf = (id: number): number =>
          added.slice(0, added.indexOf(id)).filter((one) => one < 0).length;
        const expected = completed.toSorted((a, b) => segmentOf(a) - segmentOf(b));
        expect(taken.filter((id) => id > 0)).toEqual(expected);
      }),
    );
  });
});
