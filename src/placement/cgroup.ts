/**
 * CPU and memory limits of the control groups this process lives in, version 1 and 2, from text files given by a reader.
 *
 * Node's own figures do not suffice: libuv before 1.49 ignores the CPU quota. A limit may be set at any level, so each
 * is the minimum over the group and its parents. Format: Linux `Documentation/admin-guide/cgroup-v2.rst` and
 * `cgroup-v1/`, `scheduler/sched-bwc.rst`.
 */

/** Text of a file, or undefined when it cannot be read. */
export type ReadText = (path: string) => string | undefined;

/** What the control groups allow; undefined where nothing limits. */
export interface CgroupLimits {
  /** CPU time in milli-cores. */
  readonly cpuMilli: number | undefined;
  /** The file that says so. */
  readonly cpuSource: string | undefined;
  readonly memoryBytes: number | undefined;
  readonly memorySource: string | undefined;
}

interface Mount {
  readonly root: string;
  readonly point: string;
  /** Controllers of version 1; undefined for version 2. */
  readonly controllers: readonly string[] | undefined;
}

interface Limit {
  readonly value: number;
  readonly source: string;
}

/** Version 1 writes "no limit" as the largest page-aligned Int64. */
const UNLIMITED_BYTES = 2 ** 62;

/** Reads the limits that hold for this process. */
export function readCgroupLimits(readText: ReadText): CgroupLimits {
  const mounts = readMounts(readText);
  let cpu: Limit | undefined;
  let memory: Limit | undefined;
  for (const line of (readText('/proc/self/cgroup') ?? '').split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    if (!match) continue;
    const controllers = match[1]!.split(',').filter((name) => name !== '');
    const path = match[2]!;
    if (controllers.length === 0) {
      for (const directory of directories(unifiedMount(mounts), path)) {
        cpu = smaller(cpu, cpuMax(readText, directory));
        memory = smaller(memory, bytesIn(readText, `${directory}/memory.max`));
      }
      continue;
    }
    if (controllers.includes('cpu')) {
      for (const directory of directories(controllerMount(mounts, 'cpu', controllers), path))
        cpu = smaller(cpu, cfsQuota(readText, directory));
    }
    if (controllers.includes('memory')) {
      for (const directory of directories(controllerMount(mounts, 'memory', controllers), path))
        memory = smaller(memory, bytesIn(readText, `${directory}/memory.limit_in_bytes`));
    }
  }
  return {
    cpuMilli: cpu?.value,
    cpuSource: cpu?.source,
    memoryBytes: memory?.value,
    memorySource: memory?.source,
  };
}

function readMounts(readText: ReadText): readonly Mount[] {
  const mounts: Mount[] = [];
  for (const line of (readText('/proc/self/mountinfo') ?? '').split('\n')) {
    const [left, right] = line.split(' - ');
    if (left === undefined || right === undefined) continue;
    const [, , , root, point] = left.split(' ');
    const [type, , options] = right.split(' ');
    if (root === undefined || point === undefined) continue;
    if (type === 'cgroup2') mounts.push({ root, point, controllers: undefined });
    if (type === 'cgroup') mounts.push({ root, point, controllers: (options ?? '').split(',') });
  }
  return mounts;
}

function unifiedMount(mounts: readonly Mount[]): Mount {
  return (
    mounts.find((mount) => mount.controllers === undefined) ?? {
      root: '/',
      point: '/sys/fs/cgroup',
      controllers: undefined,
    }
  );
}

function controllerMount(
  mounts: readonly Mount[],
  controller: string,
  together: readonly string[],
): Mount {
  return (
    mounts.find((mount) => mount.controllers?.includes(controller) === true) ?? {
      root: '/',
      point: `/sys/fs/cgroup/${together.join(',')}`,
      controllers: together,
    }
  );
}

/** The group's directory and its parents up to the mount point; a group outside the mount has the mount point only. */
function directories(mount: Mount, path: string): readonly string[] {
  const inside = mount.root !== '/' && path.startsWith(mount.root);
  const segments = (inside ? path.slice(mount.root.length) : path).split('/').filter(Boolean);
  if (segments.includes('..')) return [mount.point];
  const found: string[] = [];
  for (let depth = segments.length; depth >= 0; depth--)
    found.push([mount.point, ...segments.slice(0, depth)].join('/'));
  return found;
}

/** `150000 100000`, or `max 100000` for no limit. */
function cpuMax(readText: ReadText, directory: string): Limit | undefined {
  const source = `${directory}/cpu.max`;
  const [quota, period] = (readText(source) ?? '').trim().split(/\s+/);
  return share(Number(quota), Number(period), source);
}

function cfsQuota(readText: ReadText, directory: string): Limit | undefined {
  const source = `${directory}/cpu.cfs_quota_us`;
  const quota = Number(readText(source)?.trim() ?? Number.NaN);
  return share(
    quota,
    Number(readText(`${directory}/cpu.cfs_period_us`)?.trim() ?? 100_000),
    source,
  );
}

function share(quota: number, period: number, source: string): Limit | undefined {
  if (!(quota > 0) || !(period > 0)) return undefined;
  return { value: Math.max(1, Math.floor((quota / period) * 1000)), source };
}

function bytesIn(readText: ReadText, source: string): Limit | undefined {
  const bytes = Number(readText(source)?.trim() || Number.NaN);
  return bytes > 0 && bytes < UNLIMITED_BYTES ? { value: bytes, source } : undefined;
}

function smaller(a: Limit | undefined, b: Limit | undefined): Limit | undefined {
  if (a === undefined) return b;
  return b !== undefined && b.value < a.value ? b : a;
}
