/** What a schema says in words: export, import, and what is refused where. */

import { expect, test } from 'vitest';

import { EngineError } from '../../src/base/index.ts';
import { exportFbs } from '../../src/record/fbs-export.ts';
import { parseFbs } from '../../src/record/fbs-import.ts';
import {
  bool,
  bytes,
  deprecated,
  dictionary,
  f64,
  i32,
  i64,
  list,
  nullable,
  timestamp,
  u64,
  u8,
  utf8,
} from '../../src/record/fields.ts';
import { record } from '../../src/record/record.ts';

const Seller = record('Seller', { id: i64, name: utf8 });
const Auction = record('Auction', {
  id: u64.asBigInt(),
  opened: timestamp,
  reserve: nullable(f64),
  channel: dictionary(),
  url: nullable(utf8),
  old: deprecated(utf8),
  older: deprecated(nullable(i32)),
  seller: Seller,
  others: nullable(list(Seller)),
  blob: bytes,
  levels: list(u8),
  times: list(timestamp),
  open: bool,
});

const TEXT = `\
// Rows of Millrace. A field is its id: append fields, deprecate them, never remove or move them.

attribute "timestamp"; // milliseconds since the epoch
attribute "bigint"; // a bigint in rows, not a number of at most 2^53
attribute "dictionary"; // few distinct values
attribute "list"; // a list of numbers, not a run of bytes
attribute "non_null"; // never null, though a deprecated field cannot be required

table Seller {
  id:long (id: 0);
  name:string (id: 1, required);
}

table Auction {
  id:ulong (id: 0, bigint);
  opened:long (id: 1, timestamp);
  reserve:double = null (id: 2);
  channel:string (id: 3, dictionary, required);
  url:string (id: 4);
  old:string (id: 5, deprecated, non_null);
  older:int = null (id: 6, deprecated);
  seller:Seller (id: 7, required);
  others:[Seller] (id: 8);
  blob:[ubyte] (id: 9, required);
  levels:[ubyte] (id: 10, list, required);
  times:[long] (id: 11, timestamp, required);
  open:bool (id: 12);
}

root_type Auction;
`;

test('a record type is written with explicit ids, inner types first', () => {
  expect(exportFbs([Auction])).toBe(TEXT);
  expect(parseFbs(TEXT)).toStrictEqual([Seller.descriptor, Auction.descriptor]);
});

test('several types share one text, in which a shared inner type stands once', () => {
  const text = exportFbs([Auction, record('Sale', { seller: Seller }), Seller]);
  expect(text.match(/table \w+/g)).toStrictEqual(['table Seller', 'table Auction', 'table Sale']);
  expect(text).not.toContain('root_type');
});

test('what a schema cannot say is refused at export', () => {
  const other = record('Seller', { id: i64 });
  const nested = record('Sale', { seller: Seller });
  expect(() => exportFbs([nested, other])).toThrow("two shapes named 'Seller'");
  expect(() => exportFbs([record('Seller', { seller: Seller })])).toThrow('Seller');
  expect(() => exportFbs([record('string', { id: i64 })])).toThrow("got 'string'");
  const lists = { kind: 'list', of: { kind: 'list', of: { kind: 'i8' } } } as const;
  const field = { name: 'f', type: lists, nullable: false, deprecated: false };
  expect(() => exportFbs([{ name: 'Lists', fields: [field] }])).toThrow(
    "'Lists.f', a list of lists",
  );
});

test('a schema of others is read: comments, aliases, namespaces, forward references, ids in any order', () => {
  const text = `
    /* licence */ namespace shop.v1;
    file_identifier "SHOP";
    attribute "priority";
    /// A sale.
    table Sale (priority: 1) {
      buyers:[shop.v1.Person]; // later
      count:uint32 = 0 ;
      ratio:float32 = 0.0;
      ok:bool = false (key);
      note:string (priority: 3);
    }
    table Person { age:uint8 = null (id: 1); name:string (id: 0, required); }
    root_type Sale;`;
  const plain = { nullable: false, deprecated: false };
  const person = {
    name: 'Person',
    fields: [
      { name: 'name', type: { kind: 'utf8' }, ...plain },
      { name: 'age', type: { kind: 'u8' }, nullable: true, deprecated: false },
    ],
  };
  const of = { kind: 'record', record: person };
  expect(parseFbs(text)).toStrictEqual([
    person,
    {
      name: 'Sale',
      fields: [
        { name: 'buyers', type: { kind: 'list', of }, nullable: true, deprecated: false },
        { name: 'count', type: { kind: 'u32' }, ...plain },
        { name: 'ratio', type: { kind: 'f32' }, ...plain },
        { name: 'ok', type: { kind: 'bool' }, ...plain },
        { name: 'note', type: { kind: 'utf8' }, nullable: true, deprecated: false },
      ],
    },
  ]);
});

test('an enum is read as its integer', () => {
  const text = 'enum Color:byte { Red, Green = 3, Blue } table T { c:Color = Red; d:[Color]; }';
  expect(parseFbs(text)[0]!.fields.map(({ type }) => type)).toStrictEqual([
    { kind: 'i8' },
    { kind: 'list', of: { kind: 'i8' } },
  ]);
});

test.each([
  ['a union', 'table A { x:int; }\nunion U { A }', 2, 1, 'a union'],
  ['a struct', 'struct S { x:int; }', 1, 1, 'a struct'],
  ['an rpc_service', 'rpc_service R { }', 1, 1, 'an rpc_service'],
  ['an include', 'include "other.fbs";', 1, 1, 'an include'],
  ['a fixed array', 'table A { x:[int:3]; }', 1, 17, 'fixed length'],
  ['a vector of vectors', 'table A { x:[[int]]; }', 1, 14, 'a vector of vectors'],
  ['a default other than 0', 'table A {\n  x:int = 7;\n}', 2, 11, 'default 7'],
  [
    'a default enum value other than 0',
    'enum E:int { a = 1 } table A { e:E = a; }',
    1,
    38,
    'default a',
  ],
  ['a default text', 'table A { s:string = "x"; }', 1, 22, 'default x'],
  ['an unknown type', 'table A { x:Missing; }', 1, 13, "'Missing'"],
  ['a table that contains itself', 'table A { b:B; } table B { a:[A]; }', 1, 31, 'A > B > A'],
  ['an id that skips', 'table A { x:int (id: 1); }', 1, 18, 'id: 1'],
  ['an id given twice', 'table A { x:int (id: 0); y:int (id: 0); }', 1, 33, 'id: 0 again'],
  ['an id on some fields only', 'table A { x:int (id: 0); y:int; }', 1, 26, 'none here'],
  ['a field declared twice', 'table A { x:int; x:int; }', 1, 18, 'A.x again'],
  ['a table declared twice', 'table A { x:int; } table A { x:int; }', 1, 26, 'A again'],
  ['an undeclared attribute', 'table A { x:int (fast); }', 1, 18, "'fast'"],
  ['an attribute that does not fit', 'table A { x:int (timestamp); }', 1, 18, "'timestamp'"],
  ['an enum of floats', 'enum E:float { a } table A { x:int; }', 1, 6, 'float'],
  ['a name that views use themselves', 'table A { copy:int; }', 1, 7, 'copy'],
  ['a missing semicolon', 'table A { x:int }', 1, 17, "'}'"],
  ['a text that ends early', 'table A { x:int;', 1, 17, 'the end of the text'],
  ['a strange character', 'table A { x:int; }\n  §', 2, 3, "'§'"],
])('%s is refused by name, with line and column', (_, text, line, column, got) => {
  try {
    parseFbs(text, 'shop.fbs');
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    expect(error.code).toBe('ERR_RECORD_FBS');
    expect(error.place).toStrictEqual({ file: 'shop.fbs', line, column });
    expect(error.message).toContain(` at ${line}:${column}: `);
    expect(String(error.details['got'])).toContain(got);
  }
});
