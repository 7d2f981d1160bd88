/** Where the engines of one user are found: a folder that nobody else may look into, with an entry for each. */

import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

import { EngineError, thrownMessage } from '../base/index.ts';

/** An engine that listens, or did. */
export interface EngineEntry {
  readonly pid: number;
  /** Path of its socket, or name of its pipe. */
  readonly address: string;
  /** Path of the entry itself. */
  readonly file: string;
}

/** Longest path of a Unix domain socket that every platform takes, in bytes: `sun_path` of macOS less its end. */
const SOCKET_PATH_BYTES_MAX = 103;

const ENTRY = /^engine-\d+-[0-9a-f]+\.json$/;

/**
 * The folder: `$XDG_RUNTIME_DIR/millrace` (XDG Base Directory Specification), else `millrace-USER` among the temporary
 * files.
 */
export function runtimeFolder(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  const given = env['XDG_RUNTIME_DIR'];
  if (given !== undefined && isAbsolute(given)) return join(given, 'millrace');
  const user = process.getuid?.() ?? encodeURIComponent(userInfo().username);
  return join(tmpdir(), `millrace-${user}`);
}

/** Makes the folder, for its owner alone. @throws ERR_REMOTE_FOLDER it is there and belongs to others, or cannot be made */
export async function ownFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const found = await lstat(folder);
    if (!found.isDirectory()) return failFolder(folder, 'it is no folder');
    const uid = process.getuid?.();
    if (uid === undefined) return;
    if (found.uid !== uid) return failFolder(folder, `it belongs to user ${found.uid}`);
    if ((found.mode & 0o077) !== 0) await chmod(folder, 0o700);
  } catch (thrown) {
    if (thrown instanceof EngineError) throw thrown;
    failFolder(folder, thrownMessage(thrown), thrown);
  }
}

/**
 * An address for a new engine of this process, which nobody else has, and the entry that will name it.
 *
 * @throws ERR_REMOTE_FOLDER the path is longer than a socket's may be
 */
export function newEntry(folder: string): EngineEntry {
  const { pid, platform } = process;
  const name = `engine-${pid}-${randomBytes(4).toString('hex')}`;
  const file = join(folder, `${name}.json`);
  if (platform === 'win32') return { pid, address: `\\\\.\\pipe\\millrace-${name}`, file };
  const address = join(folder, `${name}.sock`);
  const bytes = Buffer.byteLength(address);
  if (bytes > SOCKET_PATH_BYTES_MAX) {
    failFolder(folder, `a socket's path has ${bytes} bytes, of at most ${SOCKET_PATH_BYTES_MAX}`);
  }
  return { pid, address, file };
}

/** Makes an engine known; it listens already. */
export async function putEntry({ pid, address, file }: EngineEntry): Promise<void> {
  const temporary = `${file}.tmp`;
  await writeFile(temporary, `${JSON.stringify({ pid, address })}\n`, { mode: 0o600 });
  await rename(temporary, file);
}

/** Forgets an engine; what is gone already is no error. */
export async function removeEntry({ address, file }: EngineEntry): Promise<void> {
  await rm(file, { force: true });
  // A pipe of Windows goes with its process.
  if (isAbsolute(address) && address.endsWith('.sock')) await rm(address, { force: true });
}

/** The engines that are named there, oldest first by process; those that cannot be read are passed over. */
export async function entriesIn(folder: string): Promise<EngineEntry[]> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch {
    return [];
  }
  const found = await Promise.all(
    names.filter((name) => ENTRY.test(name)).map((name) => readEntry(join(folder, name))),
  );
  return found.flat().toSorted((a, b) => a.pid - b.pid || (a.file < b.file ? -1 : 1));
}

async function readEntry(file: string): Promise<EngineEntry[]> {
  try {
    const { pid, address } = JSON.parse(await readFile(file, 'utf8')) as Partial<EngineEntry>;
    return typeof pid === 'number' && typeof address === 'string' ? [{ pid, address, file }] : [];
  } catch {
    return [];
  }
}

function failFolder(folder: string, reason: string, cause?: unknown): never {
  throw new EngineError('ERR_REMOTE_FOLDER', { folder, reason }, { cause });
}
