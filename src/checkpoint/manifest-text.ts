/**
 * A manifest as bytes: one line of JSON, and one with the checksum of that line. Any tool reads it, as with
 * `head -n 1 chk-000000000012.manifest | jq`.
 *
 *     {"format":"millrace-checkpoint","version":1,…}
 *     crc32 1a2b3c4d 5120                            of the 5120 bytes before the line break
 *
 * Laws (test/checkpoint/manifest-text.property.test.ts):
 *  1. `parseManifest(manifestBytes(manifest))` equals `manifest`.
 *  2. A file that was cut off, or any byte of which was changed, is an error.
 *  3. A field that is missing, unknown, of another type or out of its range is an error that names it.
 */

import { crc32 } from 'node:zlib';

import { EngineError, thrownMessage } from '../base/index.ts';
import type { Section } from './chunk-layout.ts';
import { MANIFEST_VERSION } from './manifest.ts';
import type { InFlightHandle, KeyedHandle, Manifest, SubtaskHandles } from './manifest.ts';
import { checkManifest, readManifest } from './manifest-fields.ts';
import type { Json, KeyedLayout } from './state-shapes.ts';
import { failManifest, JsonField } from './strict-json.ts';

const FORMAT = 'millrace-checkpoint';
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const LINE_BREAK = 10;

/**
 * The bytes of a manifest.
 *
 * @throws ERR_CHECKPOINT_MANIFEST the manifest contradicts itself, or positions of splits are no JSON
 */
export function manifestBytes(manifest: Manifest): Uint8Array {
  checkManifest(manifest, 'to be written');
  const layouts: string[] = [];
  const layoutIndex = (layout: KeyedLayout): number => {
    const { version, key, parts } = layout;
    const text = JSON.stringify({ version, key, parts });
    const at = layouts.indexOf(text);
    return at >= 0 ? at : layouts.push(text) - 1;
  };
  const subtasks = manifest.subtasks.map((subtask) => subtaskJson(subtask, layoutIndex));
  const { version: _, operators, subtasks: __, ...head } = manifest;
  const line = ENCODER.encode(
    JSON.stringify({
      format: FORMAT,
      version: MANIFEST_VERSION,
      ...head,
      operators,
      layouts: layouts.map((text) => JSON.parse(text) as Json),
      subtasks,
    }),
  );
  const check = ENCODER.encode(`\ncrc32 ${hex(crc32(line))} ${line.length}\n`);
  const bytes = new Uint8Array(line.length + check.length);
  bytes.set(line);
  bytes.set(check, line.length);
  return bytes;
}

/**
 * The manifest of a file's bytes.
 *
 * @param file its name, for messages
 * @throws ERR_CHECKPOINT_MANIFEST damaged: which field, what was expected, what it is
 * @throws ERR_CHECKPOINT_VERSION written by another version
 */
export function parseManifest(bytes: Uint8Array, file: string): Manifest {
  const end = bytes.indexOf(LINE_BREAK);
  if (end < 0) failManifest(file, 'the checksum line', 'a second line', `${bytes.length} bytes`);
  const line = bytes.subarray(0, end);
  const expected = `crc32 ${hex(crc32(line))} ${end}\n`;
  const found = Array.from(bytes.subarray(end + 1, end + 1 + 80), (unit) =>
    String.fromCharCode(unit),
  ).join('');
  if (found !== expected) failManifest(file, 'the checksum line', expected, found);
  const json = parseJson(line, file);
  checkVersion(json, file);
  const manifest = readManifest(new JsonField(file, json), FORMAT);
  checkManifest(manifest, file);
  return manifest;
}

/** Before all else: another version may have other fields. */
function checkVersion(json: unknown, file: string): void {
  if (typeof json !== 'object' || json === null || !('version' in json)) return;
  const { version } = json;
  if (version === MANIFEST_VERSION || typeof version !== 'number') return;
  throw new EngineError('ERR_CHECKPOINT_VERSION', {
    file,
    expected: MANIFEST_VERSION,
    got: version,
  });
}

function parseJson(line: Uint8Array, file: string): unknown {
  try {
    return JSON.parse(DECODER.decode(line));
  } catch (thrown) {
    return failManifest(file, 'the first line', 'JSON', thrownMessage(thrown));
  }
}

function subtaskJson(subtask: SubtaskHandles, layoutIndex: (layout: KeyedLayout) => number): Json {
  const { head, index, parallelism, finished, splits, operators, inFlight } = subtask;
  return {
    head,
    index,
    parallelism,
    finished,
    splits: splits ?? null,
    operators: Object.entries(operators).map(([uid, { keyed, operator }]) => ({
      uid,
      keyed: keyed.map((handle) => keyedJson(handle, layoutIndex)),
      operator: operator.map(({ name, redistribution, section }) => ({
        name,
        redistribution,
        section: sectionJson(section),
      })),
    })),
    inFlight: inFlight.map(inFlightJson),
  };
}

function keyedJson(
  { layout, keyGroups, section }: KeyedHandle,
  layoutIndex: (layout: KeyedLayout) => number,
): Json {
  return { layout: layoutIndex(layout), keyGroups, section: sectionJson(section) };
}

function inFlightJson({ section, ...channel }: InFlightHandle): Json {
  return { ...channel, section: sectionJson(section) };
}

function sectionJson({ file, offset, bytes, indexBytes, pieces, checksum }: Section): Json {
  return { file, offset, bytes, indexBytes, pieces, checksum: hex(checksum) };
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}
