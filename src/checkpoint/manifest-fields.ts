/** The fields of a manifest, read one by one, and what must hold between them. */

import type { Section } from './chunk-layout.ts';
import { MANIFEST_VERSION } from './manifest.ts';
import type {
  ElementHandle,
  InFlightHandle,
  KeyedHandle,
  KeyGroups,
  Manifest,
  ManifestOperator,
  OperatorHandles,
  SubtaskHandles,
} from './manifest.ts';
import type { Json, KeyedLayout, StateKey, StatePart } from './state-shapes.ts';
import { failManifest } from './strict-json.ts';
import type { JsonField } from './strict-json.ts';

/** Key groups there can be. */
const MAX_PARALLELISM_MOST = 32_768;
const UINT32_MAX = 2 ** 32 - 1;

/** @throws ERR_CHECKPOINT_MANIFEST names the field */
export function readManifest(json: JsonField, format: string): Manifest {
  const all = json.object(
    'format',
    'version',
    'kind',
    'checkpoint',
    'job',
    'graphFingerprint',
    'triggeredAtMs',
    'completedAtMs',
    'operators',
    'layouts',
    'subtasks',
  );
  all.format.oneOf(format);
  all.version.integer(MANIFEST_VERSION, MANIFEST_VERSION);
  const layouts = all.layouts.list().map(readLayout);
  return {
    version: MANIFEST_VERSION,
    kind: all.kind.oneOf('checkpoint', 'savepoint'),
    checkpoint: all.checkpoint.integer(),
    job: all.job.text(),
    graphFingerprint: all.graphFingerprint.text(),
    triggeredAtMs: all.triggeredAtMs.integer(),
    completedAtMs: all.completedAtMs.integer(),
    operators: all.operators.list().map(readOperator),
    subtasks: all.subtasks.list().map((subtask) => readSubtask(subtask, layouts)),
  };
}

/**
 * What holds between fields: uids are unique and known, subtasks too, and a key group is held once by an operator; what changed
 * of it stands behind it.
 *
 * @throws ERR_CHECKPOINT_MANIFEST
 */
export function checkManifest({ operators, subtasks }: Manifest, file: string): void {
  const byUid = new Map(operators.map((operator) => [operator.uid, operator]));
  if (byUid.size !== operators.length) {
    const uids = operators.map(({ uid }) => uid);
    failManifest(file, 'operators', 'uids that differ', uids.toSorted().join(', '));
  }
  const seen = new Set<string>();
  const held = new Map<string, Set<number>>();
  subtasks.forEach((subtask, i) => {
    const at = `subtasks[${i}]`;
    const { head, index, parallelism, splits } = subtask;
    const name = `${head} (${index})`;
    if (seen.has(name)) failManifest(file, at, 'each subtask once', name);
    seen.add(name);
    if (!byUid.has(head)) failManifest(file, `${at}.head`, 'the uid of an operator', head);
    if (index >= parallelism) failManifest(file, `${at}.index`, `less than ${parallelism}`, index);
    if (splits !== undefined) requireJson(splits, `${at}.splits`, file);
    for (const [uid, { keyed }] of Object.entries(subtask.operators)) {
      const operator = byUid.get(uid);
      const field = `${at}.operators of ${uid}`;
      if (operator === undefined) failManifest(file, field, 'the uid of an operator', uid);
      let groups = held.get(uid);
      if (groups === undefined) held.set(uid, (groups = new Set()));
      const own = new Set<number>();
      for (const { keyGroups, layout } of keyed) {
        const all = listGroups(keyGroups, operator.maxParallelism, file, field);
        if (layout.version === 1) holdGroups(all, own, groups, file, field);
        else requireBase(all, own, file, field);
      }
    }
  });
}

function listGroups(
  keyGroups: readonly KeyGroups[],
  maxParallelism: number,
  file: string,
  field: string,
): number[] {
  const all: number[] = [];
  for (const [first, end] of keyGroups) {
    if (first >= end || end > maxParallelism) {
      failManifest(file, field, `key groups below ${maxParallelism}`, [first, end]);
    }
    for (let group = first; group < end; group++) all.push(group);
  }
  return all;
}

function holdGroups(
  all: readonly number[],
  own: Set<number>,
  held: Set<number>,
  file: string,
  field: string,
): void {
  for (const group of all) {
    if (held.has(group)) failManifest(file, field, 'each key group once', group);
    held.add(group);
    own.add(group);
  }
}

function requireBase(
  all: readonly number[],
  own: ReadonlySet<number>,
  file: string,
  field: string,
): void {
  for (const group of all) {
    if (!own.has(group)) failManifest(file, field, 'a key group before its changes', group);
  }
}

/** JSON has no NaN and no infinity: they would come back as null. */
function requireJson(value: Json, field: string, file: string): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) failManifest(file, field, 'JSON', String(value));
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) requireJson(inner, `${field}.${key}`, file);
  } else if (value !== null && typeof value !== 'string' && typeof value !== 'boolean') {
    failManifest(file, field, 'JSON', typeof value);
  }
}

function readOperator(json: JsonField): ManifestOperator {
  const { uid, name, parallelism, maxParallelism } = json.object(
    'uid',
    'name',
    'parallelism',
    'maxParallelism',
  );
  return {
    uid: uid.text(),
    name: name.text(),
    parallelism: parallelism.integer(1),
    maxParallelism: maxParallelism.integer(1, MAX_PARALLELISM_MOST),
  };
}

function readLayout(json: JsonField): KeyedLayout {
  const { version, key, parts } = json.object('version', 'key', 'parts');
  return {
    version: version.integer(1, 2) as 1 | 2,
    key: readKey(key),
    parts: parts.list().map(readPart),
  };
}

/** The types are checked by those who read rows with them; here they are objects with a name and fields. */
function readKey(json: JsonField): StateKey {
  const { type, generic } = json.object('type', 'generic');
  const { name, fields } = type.object('name', 'fields');
  name.text();
  for (const field of fields.list()) {
    const each = field.object('name', 'type', 'nullable', 'deprecated');
    each.name.text();
    each.type.record();
    each.nullable.boolean();
    each.deprecated.boolean();
  }
  return { type: type.record() as unknown as StateKey['type'], generic: generic.boolean() };
}

function readPart(json: JsonField): StatePart {
  const given = json.record();
  const more = (['stamps', 'clock'] as const).filter((field) => field in given);
  const all: Partial<Record<'stamps' | 'clock', JsonField>> &
    Record<'name' | 'kind' | 'types', JsonField> = json.object('name', 'kind', 'types', ...more);
  return {
    name: all.name.text(),
    kind: all.kind.text(),
    types: all.types.record(),
    ...(all.stamps && { stamps: all.stamps.boolean() }),
    ...(all.clock && { clock: all.clock.integer(Number.MIN_SAFE_INTEGER) }),
  };
}

function readSubtask(json: JsonField, layouts: readonly KeyedLayout[]): SubtaskHandles {
  const all = json.object(
    'head',
    'index',
    'parallelism',
    'finished',
    'splits',
    'operators',
    'inFlight',
  );
  const operators = all.operators.list().map((operator): readonly [string, OperatorHandles] => {
    const { uid, keyed, operator: elements } = operator.object('uid', 'keyed', 'operator');
    const handles = {
      keyed: keyed.list().map((handle) => readKeyed(handle, layouts)),
      operator: elements.list().map(readElements),
    };
    return [uid.text(), handles];
  });
  const byUid = Object.fromEntries(operators);
  if (Object.keys(byUid).length !== operators.length) {
    all.operators.fail(
      'each uid once',
      operators.map(([uid]) => uid),
    );
  }
  return {
    head: all.head.text(),
    index: all.index.integer(),
    parallelism: all.parallelism.integer(1),
    finished: all.finished.boolean(),
    splits: all.splits.isNull ? undefined : all.splits.record(),
    operators: byUid,
    inFlight: all.inFlight.list().map(readInFlight),
  };
}

function readKeyed(json: JsonField, layouts: readonly KeyedLayout[]): KeyedHandle {
  const { layout, keyGroups, section } = json.object('layout', 'keyGroups', 'section');
  return {
    layout: layouts[layout.integer(0, layouts.length - 1)]!,
    keyGroups: keyGroups.list().map((range): KeyGroups => {
      const bounds = range.list();
      if (bounds.length !== 2) range.fail('the first key group and the end', bounds.length);
      return [bounds[0]!.integer(), bounds[1]!.integer()];
    }),
    section: readSection(section),
  };
}

function readElements(json: JsonField): ElementHandle {
  const { name, redistribution, section } = json.object('name', 'redistribution', 'section');
  return {
    name: name.text(),
    redistribution: redistribution.oneOf('split', 'union', 'broadcast'),
    section: readSection(section),
  };
}

function readInFlight(json: JsonField): InFlightHandle {
  const all = json.object(
    'from',
    'sideOutput',
    'producer',
    'producers',
    'to',
    'input',
    'consumer',
    'consumers',
    'edge',
    'layout',
    'timestamps',
    'section',
  );
  return {
    from: all.from.text(),
    sideOutput: all.sideOutput.text(),
    producer: all.producer.integer(),
    producers: all.producers.integer(1),
    to: all.to.text(),
    input: all.input.integer(0, 1) as 0 | 1,
    consumer: all.consumer.integer(),
    consumers: all.consumers.integer(1),
    edge: all.edge.integer(),
    layout: all.layout.text(),
    timestamps: all.timestamps.boolean(),
    section: readSection(all.section),
  };
}

function readSection(json: JsonField): Section {
  const { file, offset, bytes, indexBytes, pieces, checksum } = json.object(
    'file',
    'offset',
    'bytes',
    'indexBytes',
    'pieces',
    'checksum',
  );
  const whole = bytes.integer();
  return {
    file: file.text(),
    offset: offset.integer(),
    bytes: whole,
    indexBytes: indexBytes.integer(0, whole),
    pieces: pieces.integer(0, UINT32_MAX),
    checksum: checksum.word(),
  };
}
