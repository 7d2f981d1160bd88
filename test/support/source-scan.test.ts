import { describe, expect, test } from 'vitest';

import { lineOf, maskSource, scanClassFields, scanImports } from './source-scan.ts';

describe('masking', () => {
  test('blanks comments, strings, templates and regular expressions, keeps code and offsets', () => {
    const text = [
      "const a = 'x // y'; // note",
      '/* enum */ const b = `t ${f({ k: `in` })} u`;',
      "const c = /[/']+/g.test(a) ? 4 / 2 : '\\'';",
    ].join('\n');
    const masked = maskSource(text);
    expect(masked).toHaveLength(text.length);
    expect(masked.split('\n').map((line) => line.trimEnd())).toEqual([
      "const a = '      ';",
      '           const b = `  ${f({ k: `  ` })}  `;',
      "const c = /     /g.test(a) ? 4 / 2 : '  ';",
    ]);
  });

  test('keeps line numbers', () => {
    const masked = maskSource('`a\nb`;\n/*\n*/ x');
    expect(lineOf(masked, masked.indexOf('x'))).toBe(4);
  });

  test('does not take a division for a regular expression', () => {
    expect(maskSource('const r = (a + b) / c; const s = d / e;')).toContain(
      '/ c; const s = d / e;',
    );
  });
});

describe('imports', () => {
  test('are found in every form, with their line', () => {
    const text = `import a from './a.ts';
import type { B } from "./b.ts";
import {
  c,
  type D,
} from './c.ts';
import './effect.ts';
export { e } from './e.ts';
export type { F } from './f.ts';
const g = await import('./g.ts');
import * as h from 'node:fs';
`;
    expect(
      scanImports(text).map((one) => [one.specifier, one.typeOnly, one.dynamic, one.line]),
    ).toEqual([
      ['./a.ts', false, false, 1],
      ['./b.ts', true, false, 2],
      ['./c.ts', false, false, 3],
      ['./effect.ts', false, false, 7],
      ['./e.ts', false, false, 8],
      ['./f.ts', true, false, 9],
      ['./g.ts', false, true, 10],
      ['node:fs', false, false, 11],
    ]);
  });

  test('are not found in comments, strings and generated code', () => {
    const text = `// import a from './a.ts';
const b = "import x from './b.ts'";
const c = \`import y from './c.ts'\`;
export const from = 'here';
`;
    expect(scanImports(text)).toEqual([]);
  });
});

describe('class fields', () => {
  const fields = scanClassFields(
    maskSource(`
export class A<T extends { x: number }> extends B implements C {
  pos = 0;
  end: number;
  readonly name: string;
  static readonly #cache: Map<string, { n: number }> = new Map();
  handler: (x: number) => void = () => {};
  shape: { a: number; b: string };
  declare later: number;
  constructor(a: number, private: string) {
    const local: number = a;
  }
  get size(): number {
    return 1;
  }
  async *rows(): AsyncGenerator<number> {}
  [Symbol.iterator](): void {}
  method(a: { b: number }): { c: number } {
    let x: number;
  }
  last?: string;
}
const y = class { inner: number; };
`),
  );

  test('are told from methods, accessors and locals', () => {
    expect(fields.map(({ name }) => name)).toEqual([
      'pos',
      'end',
      'name',
      '#cache',
      'handler',
      'shape',
      'later',
      'last',
      'inner',
    ]);
  });

  test('know whether they are initialised, their type and their modifiers', () => {
    expect(fields.map(({ initialised }) => initialised)).toEqual([
      true,
      false,
      false,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(fields[1]).toMatchObject({ type: 'number', line: 4 });
    expect(fields[3]).toMatchObject({ modifiers: ['static', 'readonly'] });
  });
});
