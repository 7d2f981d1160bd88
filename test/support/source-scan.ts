/**
 * A scanner for TypeScript sources that is just good enough for rules about text: it blanks comments and the insides of
 * strings, so that patterns see code only, and keeps every offset. No parser, no dependency.
 */

/** One import or re-export of a file. */
export interface ImportSite {
  readonly specifier: string;
  /** `import type` or `export type`: nothing is loaded at run time. */
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
  /** Counted from 1. */
  readonly line: number;
}

/** A field declared in a class body. */
export interface ClassField {
  readonly name: string;
  readonly modifiers: readonly string[];
  /** As written, empty when inferred. */
  readonly type: string;
  readonly initialised: boolean;
  readonly line: number;
}

/** Characters after which a slash starts a regular expression, not a division. */
const BEFORE_REGEXP = /(?:^|[=(,:[!&|?{};+\-*%~^<>]|\breturn|\btypeof|\bcase|=>)\s*$/;

/**
 * The text with comments, string contents, template texts and regular expressions as spaces; line breaks stay, so
 * offsets and line numbers are those of `text`. Quotes stay; code inside `${}` stays.
 */
export function maskSource(text: string): string {
  const out = text.split('');
  const blank = (from: number, to: number): void => {
    for (let i = from; i < to; i++) if (out[i] !== '\n') out[i] = ' ';
  };
  // For each open template literal: depth of braces inside its current `${`.
  const templates: number[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at]!;
    const pair = text.slice(at, at + 2);
    if (pair === '//' || (pair === '#!' && at === 0)) {
      const end = indexOrEnd(text, '\n', at);
      blank(at, end);
      at = end;
    } else if (pair === '/*') {
      const end = indexOrEnd(text, '*/', at + 2) + 2;
      blank(at, end);
      at = end;
    } else if (char === "'" || char === '"') {
      const end = endOfQuoted(text, at, char);
      blank(at + 1, end - 1);
      at = end;
    } else if (char === '`') {
      at = templateText(at + 1);
    } else if (char === '{' && templates.length > 0) {
      templates[templates.length - 1]! += 1;
      at++;
    } else if (char === '}' && templates.length > 0) {
      if (templates[templates.length - 1] === 0) {
        templates.pop();
        at = templateText(at + 1);
      } else {
        templates[templates.length - 1]! -= 1;
        at++;
      }
    } else if (char === '/' && BEFORE_REGEXP.test(out.slice(Math.max(0, at - 80), at).join(''))) {
      const end = endOfRegExp(text, at);
      blank(at + 1, end - 1);
      at = end;
    } else {
      at++;
    }
  }
  return out.join('');

  /** Blanks template text from `from`; stops after the closing backtick or a `${`, which opens a level. */
  function templateText(from: number): number {
    let i = from;
    while (i < text.length) {
      if (text[i] === '\\') i += 2;
      else if (text[i] === '`') {
        blank(from, i);
        return i + 1;
      } else if (text.startsWith('${', i)) {
        blank(from, i);
        templates.push(0);
        return i + 2;
      } else i++;
    }
    blank(from, text.length);
    return text.length;
  }
}

/** Line of an offset, counted from 1. */
export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) line++;
  return line;
}

/** All imports and re-exports, static and dynamic with a literal specifier, in order. */
export function scanImports(text: string, masked: string = maskSource(text)): ImportSite[] {
  const fixed = /\b(?:import|export)\s+(type\s+)?(?:[\w$*\s{},]*?\bfrom\s*)?(['"])( *)\2/g;
  const dynamic = /\bimport\s*\(\s*()(['"])( *)\2/g;
  return [fixed, dynamic]
    .flatMap((pattern) =>
      [...masked.matchAll(pattern)].map((match) => {
        const end = match.index + match[0].length - 1;
        const found = {
          specifier: text.slice(end - match[3]!.length, end),
          typeOnly: (match[1] ?? '') !== '',
          dynamic: pattern === dynamic,
          line: lineOf(text, match.index),
        };
        return { at: match.index, found };
      }),
    )
    .toSorted((a, b) => a.at - b.at)
    .map(({ found }) => found);
}

/** The fields of all classes of a masked text. */
export function scanClassFields(masked: string): ClassField[] {
  const fields: ClassField[] = [];
  for (const match of masked.matchAll(/(?<![.\w$])class\b(?=[\s{])/g)) {
    const start = classBody(masked, match.index) + 1;
    const end = closing(masked, start - 1);
    let at = start;
    while (at < end) {
      const member =
        /^[\s;]*((?:(?:static|readonly|declare|abstract|override|private|protected|public|accessor|async|get|set)\s+(?=[#\w$*["']))*)(\*?\s*#?[\w$]+)\s*([?!]?)/.exec(
          masked.slice(at, end),
        );
      if (member === null) {
        at = skipMember(masked, at, end);
        continue;
      }
      const after = at + member[0].length;
      const next = masked[skipSpace(masked, after)] ?? '';
      const memberEnd = skipMember(masked, after, end);
      if (next === ':' || next === '=' || next === ';') {
        const declaration = masked.slice(skipSpace(masked, after), memberEnd);
        const equals = topLevelEquals(declaration);
        fields.push({
          name: member[2]!.trim(),
          modifiers: member[1]!.trim().split(/\s+/).filter(Boolean),
          type: next === ':' ? declaration.slice(1, equals < 0 ? -1 : equals).trim() : '',
          initialised: equals >= 0,
          line: lineOf(masked, after),
        });
      }
      at = memberEnd;
    }
  }
  return fields;
}

/** Offset of the bracket that closes the one at `open`; the end of the text when there is none. */
export function closing(masked: string, open: number): number {
  let depth = 0;
  for (let i = open; i < masked.length; i++) {
    const char = masked[i]!;
    if (char === '(' || char === '[' || char === '{') depth++;
    else if (char === ')' || char === ']' || char === '}') {
      depth--;
      if (depth === 0) return i;
    }
  }
  return masked.length;
}

/** The parts of `masked` between commas outside all brackets; empty parts left out. */
export function splitTopLevel(masked: string): { readonly text: string; readonly at: number }[] {
  const parts: { text: string; at: number }[] = [];
  let from = 0;
  for (let i = 0; i <= masked.length; i++) {
    const char = masked[i];
    if (char === '(' || char === '[' || char === '{') i = closing(masked, i);
    else if (char === ',' || i === masked.length) {
      const text = masked.slice(from, i);
      if (text.trim() !== '') parts.push({ text, at: from });
      from = i + 1;
    }
  }
  return parts;
}

/** Just past a class member that goes on at `from`: its `;`, or the `}` of its body. */
function skipMember(masked: string, from: number, end: number): number {
  let inInitialiser = false;
  for (let i = from; i < end; i++) {
    const char = masked[i]!;
    if (char === ';') return i + 1;
    if (char === '=' && masked[i + 1] !== '>') inInitialiser = true;
    if (char === '(' || char === '[') i = closing(masked, i);
    else if (char === '{') {
      const before = masked.slice(from, i).trimEnd().at(-1) ?? '';
      i = closing(masked, i);
      // A brace in a field's type or initialiser belongs to it; after a parameter list or a type it is a body.
      if (!inInitialiser && !':|&<,'.includes(before || ' ')) return i + 1;
    }
  }
  return end;
}

/** Offset of the brace that opens the body of the class at `from`; braces inside `<>` belong to types. */
function classBody(masked: string, from: number): number {
  let angles = 0;
  for (let i = from; i < masked.length; i++) {
    const char = masked[i]!;
    if (char === '<') angles++;
    else if (char === '>' && masked[i - 1] !== '=') angles--;
    else if (char === '(' || char === '[') i = closing(masked, i);
    else if (char === '{') {
      if (angles === 0) return i;
      i = closing(masked, i);
    }
  }
  return masked.length;
}

/** Offset of an `=` outside brackets that is not part of `=>`; -1 when there is none. */
function topLevelEquals(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char === '(' || char === '[' || char === '{') i = closing(text, i);
    else if (char === '=' && text[i + 1] !== '>') return i;
  }
  return -1;
}

function skipSpace(text: string, from: number): number {
  let i = from;
  while (i < text.length && /\s/.test(text[i]!)) i++;
  return i;
}

function endOfQuoted(text: string, at: number, quote: string): number {
  let i = at + 1;
  while (i < text.length && text[i] !== quote && text[i] !== '\n') i += text[i] === '\\' ? 2 : 1;
  return i + 1;
}

function endOfRegExp(text: string, at: number): number {
  let inClass = false;
  for (let i = at + 1; i < text.length && text[i] !== '\n'; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '[') inClass = true;
    else if (text[i] === ']') inClass = false;
    else if (text[i] === '/' && !inClass) return i + 1;
  }
  return at + 1;
}

function indexOrEnd(text: string, what: string, from: number): number {
  const index = text.indexOf(what, from);
  return index < 0 ? text.length : index;
}
