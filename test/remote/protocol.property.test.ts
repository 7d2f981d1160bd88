/** What is said over control sockets is read as it was written. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { EngineError } from '../../src/base/index.ts';
import {
  answerLine,
  LineReader,
  parseAnswer,
  parseRequest,
  requestLine,
} from '../../src/remote/index.ts';
import type { RemoteCall } from '../../src/remote/index.ts';

const folder = fc.option(fc.string(), { nil: null });
const job = fc.nat();
const call: fc.Arbitrary<RemoteCall> = fc.oneof(
  fc.constant<RemoteCall>({ call: 'list' }),
  fc.record({ call: fc.constant('savepoint' as const), job, folder }),
  fc.record({ call: fc.constant('stop' as const), job, folder, drain: fc.boolean() }),
  fc.record({ call: fc.constant('cancel' as const), job }),
);

describe('law: what is written is what is read', () => {
  test('of requests and answers', () => {
    fc.assert(
      fc.property(fc.nat(), call, fc.jsonValue(), (id, asked, result) => {
        expect(parseRequest(requestLine({ id, call: asked }))).toEqual({ id, call: asked });
        const answer = { id, result: JSON.parse(JSON.stringify(result)) as unknown };
        expect(parseAnswer(answerLine(answer))).toEqual(answer);
      }),
    );
  });

  test('an error keeps its code and its message', () => {
    const error = new EngineError('ERR_CONTROL_JOB', { job: 3 });
    const answer = parseAnswer(answerLine({ id: 1, error: error.toPlain() }));
    const back = 'error' in answer ? EngineError.fromPlain(answer.error) : undefined;
    expect(back).toMatchObject({ code: 'ERR_CONTROL_JOB', message: error.message });
  });
});

test('lines come out whole however their bytes are cut', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1 });
  fc.assert(
    fc.property(
      fc.array(text.filter((t) => t.trim() !== '' && !t.includes('\n'))),
      fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
      (lines, cuts) => {
        const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
        const reader = new LineReader();
        const found: string[] = [];
        for (let at = 0; at < bytes.length;) {
          const length = cuts.next().value as number;
          found.push(...reader.push(bytes.subarray(at, at + length)));
          at += length;
        }
        expect(found).toEqual(lines);
      },
    ),
  );
});

describe('a line that is no message', () => {
  test.each([
    ['not JSON', 'ERR_REMOTE_MESSAGE'],
    ['[]', 'ERR_REMOTE_MESSAGE'],
    ['{"version":2,"id":1,"call":"list"}', 'ERR_REMOTE_VERSION'],
    ['{"id":1,"call":"list"}', 'ERR_REMOTE_VERSION'],
    ['{"version":1,"id":"x","call":"list"}', 'ERR_REMOTE_MESSAGE'],
    ['{"version":1,"id":1,"call":"format"}', 'ERR_REMOTE_MESSAGE'],
    ['{"version":1,"id":1,"call":"cancel"}', 'ERR_REMOTE_MESSAGE'],
    ['{"version":1,"id":1,"call":"savepoint","job":0,"folder":7}', 'ERR_REMOTE_MESSAGE'],
    ['{"version":1,"id":1,"call":"stop","job":0,"folder":null}', 'ERR_REMOTE_MESSAGE'],
  ])('%s is refused with %s', (line, code) => {
    expect(() => parseRequest(line)).toThrow(expect.objectContaining({ code }));
  });

  test('one that never ends is refused before it fills the memory', () => {
    const reader = new LineReader();
    const piece = new Uint8Array(1 << 18).fill(97);
    const push = (): void => {
      for (let i = 0; i < 8; i++) reader.push(piece);
    };
    expect(push).toThrow(expect.objectContaining({ code: 'ERR_REMOTE_MESSAGE' }));
  });
});
