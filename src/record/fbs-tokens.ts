/** Cuts the text of a FlatBuffers schema into tokens that know their line and column. */

import { EngineError } from '../base/index.ts';

/** `doc` is the text of a `///` comment; `end` stands after the last token. */
export type FbsTokenKind = 'name' | 'number' | 'string' | 'punctuation' | 'doc' | 'end';

/** One token; line and column count from 1. `text` of a string is without its quotes and with its escapes as written. */
export interface FbsToken {
  readonly kind: FbsTokenKind;
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

const TOKEN =
  /(?<space>[ \t\r\n\f\v\uFEFF]+)|\/\/\/(?<doc>[^\r\n]*)|(?<comment>\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)|(?<name>[A-Za-z_]\w*)|(?<number>[-+]?(?:0[xX][\da-fA-F]+|\.?\d[\d.]*(?:[eE][-+]?\d+)?))|"(?<string>(?:[^"\\\r\n]|\\[^\r\n])*)"|(?<punctuation>[{}()[\]:;,=.+-])/y;

/**
 * The tokens of `text`, without white space and comments, `end` last.
 *
 * @param file named in errors
 * @throws ERR_RECORD_FBS with line and column of a character that starts no token
 * @example
 * fbsTokens('table Bid { price:long; }').map((token) => token.text); // 'table', 'Bid', '{', 'price', ':', ...
 */
export function fbsTokens(text: string, file?: string): FbsToken[] {
  const tokens: FbsToken[] = [];
  let line = 1;
  let lineStart = 0;
  let at = 0;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const column = at - lineStart + 1;
    if (match === null) {
      const got = text.slice(at, at + 20).split(/\r?\n/)[0]!;
      failFbs('a name, a number, a string or punctuation', `'${got}'`, { line, column }, file);
    }
    const groups = match.groups!;
    for (const kind of ['doc', 'name', 'number', 'string', 'punctuation'] as const) {
      const found = groups[kind];
      if (found !== undefined) tokens.push({ kind, text: found, line, column });
    }
    for (const newline of match[0].matchAll(/\r\n|\n|\r/g)) {
      line++;
      lineStart = at + newline.index + newline[0].length;
    }
    at += match[0].length;
  }
  tokens.push({ kind: 'end', text: '', line, column: at - lineStart + 1 });
  return tokens;
}

/** Throws ERR_RECORD_FBS; `place` is where in the text, absent for a type that cannot be written as text. */
export function failFbs(
  expected: string,
  got: string,
  place: { readonly line: number; readonly column: number } | undefined,
  file?: string,
): never {
  throw new EngineError(
    'ERR_RECORD_FBS',
    { expected, got, where: place === undefined ? '' : ` at ${place.line}:${place.column}` },
    {
      place: {
        ...(file === undefined ? {} : { file }),
        ...(place === undefined ? {} : { line: place.line, column: place.column }),
      },
    },
  );
}
