/**
 * Rules about the text of a source, each a pure function from a file to its problems.
 * A problem reads `file:line: what is wrong, use what instead`.
 */

import type { SourceFile } from './source-files.ts';
import { closing, lineOf, scanClassFields, splitTopLevel } from './source-scan.ts';

/** One rule. */
export type Rule = (file: SourceFile) => string[];

/** Lines a source may have; most have less than 250. */
export const LINES_MAX = 400;

/** Node strips types, it does not transform: what needs emitted code does not load. */
export const erasableOnly: Rule = (file) => [
  ...find(file, /^[ \t]*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s+\w+/gm, () => {
    return 'declares an enum, use a frozen object and a type of the same name';
  }),
  ...find(file, /^[ \t]*(?:export\s+)?(?:declare\s+)?(?:namespace|module)\s+[\w.]+\s*\{/gm, () => {
    return 'declares a namespace, use a module';
  }),
  ...parameterProperties(file),
];

function parameterProperties(file: SourceFile): string[] {
  return [...file.masked.matchAll(/\bconstructor\s*\(/g)].flatMap((match) => {
    const open = match.index + match[0].length - 1;
    const parameters = file.masked.slice(open + 1, closing(file.masked, open));
    return splitTopLevel(parameters)
      .filter(({ text }) => /^\s*(?:public|private|protected|readonly|override)\s/.test(text))
      .map(({ text, at }) => {
        const start = open + 1 + at + text.search(/\S/);
        return problemAt(file, start, 'has a parameter property, use a field and an assignment');
      });
  });
}

/**
 * A field without an initialiser starts as undefined; every later number in it that is no small integer is boxed, at five
 * to ten times the cost. A readonly field is written once, by the constructor, and costs nothing.
 */
export const initialisedFields: Rule = (file) =>
  scanClassFields(file.masked)
    .filter(({ initialised, modifiers }) => {
      return (
        !initialised && !['readonly', 'declare', 'abstract'].some((one) => modifiers.includes(one))
      );
    })
    .map(({ name, line }) => `${file.path}:${line}: field ${name} starts undefined, use a value`);

/** `any` switches the compiler off. */
export const noAny: Rule = (file) =>
  find(file, /(?:[:<|&,(]|\bas)\s*any\b(?=\s*(?:[;,)>\]|&={[]|$))/gm, () => {
    return 'has the type any, use unknown or the real type';
  });

/** Nothing left behind: notes to oneself, traces, tests that do not run. */
export const noLeftovers: Rule = (file) => [
  ...find(
    file,
    /\b(?:TO(?:)DO|FIX(?:)ME|X(?:)XX|HA(?:)CK)\b/g,
    (found) => `says ${found}, use code or nothing`,
    file.text,
  ),
  ...find(file, /^[ \t]*debugger\b/gm, () => 'stops in the debugger, use nothing'),
  ...find(file, /\b(?:test|describe|it)\.(?:only|skip|todo)\b/g, (found) => {
    return `has ${found}, use a test that runs`;
  }),
];

/** The engine is silent; what a person should read goes through the CLI, a sink or a log. */
export const noConsole: Rule = (file) =>
  /^src\/(?:cli\/|examples\/|connectors\/print)/.test(file.path)
    ? []
    : find(file, /\bconsole\.\w+/g, (found) => `calls ${found}, use the log`);

/** Every file says in its first sentence what it is. */
export const opensWithSentence: Rule = (file) =>
  /^(?:#!.*\n)?\/\*\*\s*[\s*]*\S/.test(file.text)
    ? []
    : [`${file.path}:1: starts without a comment, use a first sentence that says what it is`];

/** A file one fears to open is two files. The error table is a list, as long as there are errors. */
export const shortEnough: Rule = (file) => {
  if (file.path === 'src/base/error-table.ts') return [];
  const lines = file.text.split('\n').length - 1;
  return lines <= LINES_MAX
    ? []
    : [`${file.path}:${LINES_MAX}: has ${lines} lines, use one file per subject`];
};

/** A face is a list one can read. */
export const facesByName: Rule = (file) =>
  file.path.endsWith('/index.ts')
    ? find(file, /\bexport\s*\*/g, () => 'exports everything, use names')
    : [];

/** The project runs anywhere: no path of the machine it was written on. */
export const noForeignPaths: Rule = (file) => {
  const places = ['work', 'root'].join('|');
  const absolute = new RegExp(`(?<![\\w.$:}/-])/(?:${places})/\\w`, 'g');
  const outside = new RegExp(['\\.\\.', 'shared\\b'].join('/'), 'g');
  return [absolute, outside].flatMap((pattern) =>
    find(file, pattern, (found) => `names ${found}, use a path inside the project`, file.text),
  );
};

/** Details that an error's message asks for and its maker does not give. Non-literal details are not checked. */
export function errorDetailProblems(
  file: SourceFile,
  table: Readonly<Record<string, { readonly message: string; readonly hint: string }>>,
): string[] {
  return [...file.masked.matchAll(/\bnew EngineError\(\s*'( *)'/g)].flatMap((match) => {
    const codeEnd = match.index + match[0].length - 1;
    const code = file.text.slice(codeEnd - match[1]!.length, codeEnd);
    const entry = table[code];
    if (entry === undefined)
      return [problemAt(file, match.index, `unknown code ${code}, use the table`)];
    const open = match.index + match[0].indexOf('(');
    const args = splitTopLevel(file.masked.slice(open + 1, closing(file.masked, open)));
    const literal = args[1]?.text.trim() ?? '{}';
    if (!literal.startsWith('{') || literal.includes('...')) return [];
    const given = splitTopLevel(literal.slice(1, -1)).map(({ text }) => /\w+/.exec(text)?.[0]);
    return placeholders(`${entry.message} ${entry.hint}`)
      .filter((name) => !given.includes(name))
      .map((name) => problemAt(file, match.index, `${code} lacks ${name}, use details with it`));
  });
}

/** Names in braces, each once. */
export function placeholders(template: string): string[] {
  return [...new Set([...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!))];
}

function find(
  file: SourceFile,
  pattern: RegExp,
  say: (found: string) => string,
  text: string = file.masked,
): string[] {
  return [...text.matchAll(pattern)].map((match) =>
    problemAt(file, match.index + match[0].search(/\S/), say(match[0].trim())),
  );
}

function problemAt(file: SourceFile, offset: number, problem: string): string {
  return `${file.path}:${lineOf(file.text, offset)}: ${problem}`;
}
