/**
 * Reads the text of a FlatBuffers schema into its declarations; what Millrace has no rows for (unions, structs, rpc,
 * includes, fixed arrays) is refused by name. Grammar: https://flatbuffers.dev/grammar/
 */

import { failFbs, fbsTokens } from './fbs-tokens.ts';
import type { FbsToken } from './fbs-tokens.ts';

/** `name` or `[name]`; of a qualified name, the last part. */
export interface FbsType {
  readonly name: string;
  readonly vector: boolean;
  readonly at: FbsToken;
}

/** Attribute name to its place and value. */
export type FbsAttributes = ReadonlyMap<string, { readonly at: FbsToken; readonly value: string }>;

export interface FbsField {
  readonly name: string;
  readonly at: FbsToken;
  readonly type: FbsType;
  /** What stands after `=`. */
  readonly default: FbsToken | undefined;
  readonly attributes: FbsAttributes;
  readonly doc: readonly string[];
}

export interface FbsTable {
  readonly name: string;
  readonly at: FbsToken;
  readonly fields: readonly FbsField[];
  readonly doc: readonly string[];
}

export interface FbsEnum {
  readonly name: string;
  readonly at: FbsToken;
  /** The name of its integer type. */
  readonly base: string;
  readonly values: ReadonlyMap<string, bigint>;
}

/** A schema as written, in the order of its text. */
export interface FbsSchema {
  readonly tables: readonly FbsTable[];
  readonly enums: readonly FbsEnum[];
  /** Attributes that the schema declares. */
  readonly attributes: ReadonlySet<string>;
  /** What was read and has no meaning here, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * The declarations of a schema.
 *
 * @throws ERR_RECORD_FBS with line and column
 */
export function parseSchema(text: string, file?: string): FbsSchema {
  return new SchemaParser(fbsTokens(text, file), file).schema();
}

const REFUSED: ReadonlyMap<string, string> = new Map([
  ['union', 'a union; use one nullable record field for each member'],
  ['struct', 'a struct; make it a table'],
  ['rpc_service', 'an rpc_service; a row has none'],
  ['include', 'an include; put the tables it names into this text'],
]);

class SchemaParser {
  readonly #tokens: readonly FbsToken[];
  readonly #file: string | undefined;
  #at = 0;
  #doc: string[] = [];
  readonly #tables: FbsTable[] = [];
  readonly #enums: FbsEnum[] = [];
  readonly #attributes = new Set<string>();
  readonly #notes: string[] = [];

  constructor(tokens: readonly FbsToken[], file: string | undefined) {
    this.#tokens = tokens;
    this.#file = file;
  }

  schema(): FbsSchema {
    for (let token = this.#next(); token.kind !== 'end'; token = this.#next()) {
      this.#declaration(token, this.#doc);
      this.#doc = [];
    }
    return {
      tables: this.#tables,
      enums: this.#enums,
      attributes: this.#attributes,
      notes: this.#notes,
    };
  }

  #declaration(token: FbsToken, doc: readonly string[]): void {
    const refused = token.kind === 'name' ? REFUSED.get(token.text) : undefined;
    if (refused !== undefined) this.#fail('tables and enums only', refused, token);
    switch (token.text) {
      case 'table':
        this.#tables.push(this.#table(doc));
        return;
      case 'enum':
        this.#enums.push(this.#enum());
        return;
      case 'attribute': {
        const name = this.#next();
        if (name.kind !== 'string' && name.kind !== 'name') this.#wrong('a name', name);
        this.#attributes.add(name.text);
        this.#expect(';');
        return;
      }
      case 'namespace':
        if (!this.#skip(';')) {
          this.#notes.push(
            `namespace ${this.#dottedName().text} is left out: records have plain names`,
          );
          this.#expect(';');
        }
        return;
      case 'root_type':
        this.#dottedName();
        this.#expect(';');
        return;
      case 'file_identifier':
      case 'file_extension': {
        const value = this.#next();
        if (value.kind !== 'string') this.#wrong('a string', value);
        this.#notes.push(`${token.text} "${value.text}" is left out: rows carry none`);
        this.#expect(';');
        return;
      }
      default:
        this.#wrong('table, enum, namespace, attribute or root_type', token);
    }
  }

  #table(doc: readonly string[]): FbsTable {
    const at = this.#name();
    this.#metadata();
    this.#expect('{');
    const fields: FbsField[] = [];
    this.#doc = [];
    while (!this.#skip('}')) {
      const name = this.#name();
      const fieldDoc = this.#doc;
      this.#expect(':');
      const type = this.#type();
      const fallback = this.#skip('=') ? this.#scalar() : undefined;
      const attributes = this.#metadata();
      this.#expect(';');
      this.#doc = [];
      fields.push({
        name: name.text,
        at: name,
        type,
        default: fallback,
        attributes,
        doc: fieldDoc,
      });
    }
    return { name: at.text, at, fields, doc };
  }

  #type(): FbsType {
    if (!this.#skip('[')) {
      const at = this.#dottedName();
      return { name: at.text, vector: false, at };
    }
    const at = this.#next();
    if (at.text === '[')
      this.#fail('a vector of scalars, strings or tables', 'a vector of vectors', at);
    if (at.kind !== 'name') this.#wrong('a type', at);
    const name = this.#lastPart(at);
    if (this.#peek().text === ':') {
      this.#fail('a vector', 'an array of fixed length, which only structs have', this.#peek());
    }
    this.#expect(']');
    return { name: name.text, vector: true, at };
  }

  #enum(): FbsEnum {
    const at = this.#name();
    this.#expect(':');
    const base = this.#name();
    const bits = this.#metadata().has('bit_flags');
    this.#expect('{');
    const values = new Map<string, bigint>();
    let next = 0n;
    while (!this.#skip('}')) {
      const name = this.#name();
      if (this.#skip('=')) {
        const value = this.#next();
        if (value.kind !== 'number' || !/^[-+]?(0[xX][\da-fA-F]+|\d+)$/.test(value.text)) {
          this.#wrong('an integer', value);
        }
        next = integerOf(value.text);
      }
      if (values.has(name.text)) this.#fail('one value for each name', `${name.text} twice`, name);
      values.set(name.text, bits ? 1n << (next & 63n) : next);
      next++;
      if (!this.#skip(',')) {
        this.#expect('}');
        break;
      }
    }
    return { name: at.text, at, base: base.text, values };
  }

  #metadata(): FbsAttributes {
    const attributes = new Map<string, { at: FbsToken; value: string }>();
    if (!this.#skip('(')) return attributes;
    while (!this.#skip(')')) {
      const at = this.#next();
      if (at.kind !== 'name' && at.kind !== 'string') this.#wrong('an attribute', at);
      const value = this.#skip(':') ? this.#scalar().text : '';
      attributes.set(at.text, { at, value });
      if (!this.#skip(',')) {
        this.#expect(')');
        break;
      }
    }
    return attributes;
  }

  /** A default or the value of an attribute; `[]` is one token of that text. */
  #scalar(): FbsToken {
    const token = this.#next();
    if (token.text === '[' && this.#skip(']')) return { ...token, text: '[]' };
    if (token.kind === 'punctuation') {
      const rest = token.text === '-' || token.text === '+' ? this.#next() : token;
      if (rest.kind !== 'name') this.#wrong('a value', token);
      return { ...token, kind: 'name', text: `${token.text}${rest.text}` };
    }
    if (token.kind === 'end') this.#wrong('a value', token);
    return token.kind === 'name' ? this.#lastPart(token) : token;
  }

  #dottedName(): FbsToken {
    return this.#lastPart(this.#name());
  }

  /** Of `a.b.C`, whose `a` was just read, `C`. */
  #lastPart(first: FbsToken): FbsToken {
    let last = first;
    while (this.#skip('.')) last = this.#name();
    return last;
  }

  #name(): FbsToken {
    const token = this.#next();
    if (token.kind !== 'name') this.#wrong('a name', token);
    return token;
  }

  #expect(punctuation: string): void {
    const token = this.#next();
    if (token.kind !== 'punctuation' || token.text !== punctuation) {
      this.#wrong(`'${punctuation}'`, token);
    }
  }

  #skip(punctuation: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'punctuation' || token.text !== punctuation) return false;
    this.#next();
    return true;
  }

  #peek(): FbsToken {
    let at = this.#at;
    while (this.#tokens[at]!.kind === 'doc') at++;
    return this.#tokens[at]!;
  }

  /** The next token that is not a comment; comments gather in `#doc`. */
  #next(): FbsToken {
    let token = this.#tokens[this.#at]!;
    while (token.kind === 'doc') {
      this.#doc.push(token.text.trim());
      token = this.#tokens[++this.#at]!;
    }
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  #wrong(expected: string, token: FbsToken): never {
    this.#fail(expected, token.kind === 'end' ? 'the end of the text' : `'${token.text}'`, token);
  }

  #fail(expected: string, got: string, token: FbsToken): never {
    failFbs(expected, got, token, this.#file);
  }
}

function integerOf(text: string): bigint {
  const digits = text.replace(/^[-+]/, '');
  return text.startsWith('-') ? -BigInt(digits) : BigInt(digits);
}
