/** The block at the lower end of a terminal, as a terminal shows it. */

import { describe, expect, test } from 'vitest';

import { Screen } from '../../src/cli/screen.ts';
import { FakeTerminal } from './terminal.ts';

describe('the screen', () => {
  test('redraws a block in place, also one that has fewer lines than before', () => {
    const terminal = new FakeTerminal(20, 8);
    const screen = new Screen(terminal);
    terminal.write('before\n');
    screen.draw(['one', 'two', 'three']);
    screen.draw(['a much longer one', 'two']);
    screen.draw(['1', '2']);
    expect(terminal.text).toBe('before\n1\n2\n');
  });

  test('writes text above the block and keeps the block below it', () => {
    const terminal = new FakeTerminal(20, 6);
    const screen = new Screen(terminal);
    screen.draw(['block', '=====']);
    for (let row = 0; row < 10; row++) screen.above(terminal, `row ${row}\n`);
    const rows = Array.from({ length: 10 }, (_, row) => `row ${row}`).join('\n');
    expect(terminal.text).toBe(`${rows}\nblock\n=====\n`);
  });

  test('leaves nothing behind when it is cleared', () => {
    const terminal = new FakeTerminal(20, 6);
    const screen = new Screen(terminal);
    terminal.write('before\n');
    screen.draw(['block', '=====']);
    screen.clear();
    screen.clear();
    terminal.write('after\n');
    expect(terminal.text).toBe('before\nafter\n');
  });

  test('finds its first line again after the terminal became narrower', () => {
    const terminal = new FakeTerminal(20, 8);
    const screen = new Screen(terminal);
    terminal.write('before\n');
    screen.draw(['0123456789 123456789', 'x']);
    // What a terminal does that wraps: the line becomes two.
    terminal.columns = 10;
    terminal.lines.splice(1, 2, '0123456789', ' 123456789', 'x');
    terminal.write('\n');
    screen.draw(['new', 'y']);
    expect(terminal.text).toBe('before\nnew\ny\n');
  });

  test('redraws by one write', () => {
    const writes: string[] = [];
    const screen = new Screen({
      write: (text) => void writes.push(text),
      isTTY: true,
      columns: 80,
      rows: 24,
    });
    screen.draw(['one', 'two']);
    screen.draw(['one', 'three']);
    expect(writes).toHaveLength(2);
  });
});
