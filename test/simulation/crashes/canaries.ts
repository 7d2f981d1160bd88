/** Bugs planted in the engine, to see that they are found. */

import type { Disk } from '../../../src/checkpoint/index.ts';
import type { SinkDisk } from '../../../src/connectors/sink-disk.ts';
import type { DeployMessage, ToWorker } from '../../../src/runtime/index.ts';
import type { CrashCanary } from './crash-play.ts';
import type { ProcessDisk } from './process-disk.ts';

/** A disk in which some calls are others. */
function altered(
  disk: ProcessDisk,
  calls: Partial<Disk>,
  sinkCalls: (own: SinkDisk) => Partial<SinkDisk> = () => ({}),
): ProcessDisk {
  const bound = <T extends object>(target: T, changed: Partial<T>): T =>
    new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(changed, name) ?? Reflect.get(target, name);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  const sinkDisk = (): SinkDisk => {
    const own = disk.sinkDisk();
    return bound(own, sinkCalls(own));
  };
  return bound(disk, { ...calls, sinkDisk });
}

/** Takes away what each subtask holds of its first key group. */
function withoutGroup(message: DeployMessage): DeployMessage {
  const { restore } = message;
  if (restore === undefined) return message;
  const subtasks = restore.manifest.subtasks.map((subtask) => {
    const operators = Object.entries(subtask.operators).map(([uid, handles]) => {
      const keyed = handles.keyed.flatMap((handle) => {
        const [groups] = handle.keyGroups;
        if (groups === undefined || groups[1] - groups[0] < 2) return [handle];
        const rest = [groups[0] + 1, groups[1]] as const;
        return [{ ...handle, keyGroups: [rest, ...handle.keyGroups.slice(1)] }];
      });
      return [uid, { ...handles, keyed }] as const;
    });
    return { ...subtask, operators: Object.fromEntries(operators) };
  });
  return { ...message, restore: { ...restore, manifest: { ...restore.manifest, subtasks } } };
}

/** Says that a split was read two rows further than it was. */
function readFurther(message: DeployMessage): DeployMessage {
  const { restore } = message;
  if (restore === undefined) return message;
  const subtasks = restore.manifest.subtasks.map((subtask) => {
    const splits = Object.entries(subtask.splits ?? {}).map(([id, position]) => {
      const at = (position as { at?: number }).at;
      return [id, at === undefined ? position : { at: at + 2 }] as const;
    });
    return subtask.splits === undefined
      ? subtask
      : { ...subtask, splits: Object.fromEntries(splits) };
  });
  return { ...message, restore: { ...restore, manifest: { ...restore.manifest, subtasks } } };
}

const onDeploy =
  (change: (message: DeployMessage) => DeployMessage) =>
  (message: ToWorker): ToWorker =>
    message.kind === 'deploy' ? change(message) : message;

export const CRASH_CANARIES: Readonly<Record<string, CrashCanary>> = {
  'channels do not wait for the barriers of the others': {
    checkpoints: (given) => ({ ...given, mode: 'at-least-once', concurrentMax: 1 }),
  },
  'a key group is left out of a restore': { posted: onDeploy(withoutGroup) },
  'a source goes on behind where it was': { posted: onDeploy(readFurther) },
  'files of checkpoints are not synced': {
    disk: (disk) =>
      altered(disk, {
        create: async (path) => {
          const file = await disk.create(path);
          return { ...file, sync: async () => undefined };
        },
      }),
  },
  'sinks do not take back what came after': {
    disk: (disk) => altered(disk, {}, () => ({ remove: () => undefined })),
  },
  'sinks name files that are not durable': {
    disk: (disk) =>
      altered(disk, {}, () => ({ sync: async () => undefined, syncNow: () => undefined })),
  },
};
