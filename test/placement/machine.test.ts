/** The machine probe against made-up `/proc` and `/sys` trees. */

import { describe, expect, test } from 'vitest';

import { parseCpuList } from '../../src/placement/cpu-list.ts';
import type { MachineHost } from '../../src/placement/machine-host.ts';
import { probeMachine } from '../../src/placement/machine.ts';

const GiB = 1024 ** 3;

function host(
  files: Readonly<Record<string, string>>,
  changes: Partial<MachineHost> = {},
): MachineHost {
  return {
    platform: 'linux',
    nodeVersion: '26.0.0',
    availableParallelism: 8,
    totalMemoryBytes: 16 * GiB,
    execArgv: [],
    nodeOptions: '',
    features: { threadCpuUsage: true, waitAsync: true, pause: true },
    rssBytes: () => 50_000_000,
    clockStepNs: () => 30,
    readText: (path) => (Object.hasOwn(files, path) ? files[path] : undefined),
    findCommand: (name) => `/usr/bin/${name}`,
    ...changes,
  };
}

const status = (cpus: string): Record<string, string> => ({
  '/proc/self/status': `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${cpus}\nMems_allowed:\t1\n`,
});

describe('CPUs', () => {
  test('come from the affinity mask', () => {
    const machine = probeMachine(host(status('0-2,5')));
    expect(machine.cpus).toEqual([0, 1, 2, 5]);
    expect(machine.cpuMilli).toBe(4000);
    expect(machine.cpuSource).toBe('affinity mask');
  });

  test('of the mask that are not online do not count', () => {
    const files = { ...status('0-127'), '/sys/devices/system/cpu/online': '0-3\n' };
    expect(probeMachine(host(files)).cpus).toEqual([0, 1, 2, 3]);
  });

  test('are counted by Node where there is no /proc', () => {
    const machine = probeMachine(host({}, { platform: 'darwin', availableParallelism: 3 }));
    expect(machine.cpus).toEqual([0, 1, 2]);
    expect(machine.capabilities.pin.available).toBe(false);
    expect(machine.capabilities.pin.reason).toContain('darwin');
  });

  test('are limited by the quota of a version 2 control group, at whatever level it is set', () => {
    const machine = probeMachine(
      host({
        ...status('0-7'),
        '/proc/self/cgroup': '0::/pod/container\n',
        '/sys/fs/cgroup/pod/container/cpu.max': 'max 100000\n',
        '/sys/fs/cgroup/pod/cpu.max': '150000 100000\n',
        '/sys/fs/cgroup/cpu.max': '400000 100000\n',
      }),
    );
    expect(machine.cpuMilli).toBe(1500);
    expect(machine.cpuSource).toBe('1500m by /sys/fs/cgroup/pod/cpu.max');
  });

  test('are limited by the quota of a version 1 control group, found through its mount', () => {
    const machine = probeMachine(
      host({
        ...status('0-7'),
        '/proc/self/cgroup': '4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/\n',
        '/proc/self/mountinfo':
          '33 31 0:30 /docker/abc /cg/cpu rw,nosuid - cgroup cgroup rw,cpu,cpuacct\n' +
          '34 31 0:31 / /cg/memory rw,nosuid - cgroup cgroup rw,memory\n',
        '/cg/cpu/cpu.cfs_quota_us': '50000\n',
        '/cg/cpu/cpu.cfs_period_us': '100000\n',
        '/cg/memory/docker/abc/memory.limit_in_bytes': `${GiB}\n`,
        '/cg/memory/memory.limit_in_bytes': '9223372036854771712\n',
      }),
    );
    expect(machine.cpuMilli).toBe(500);
    expect(machine.memoryLimitBytes).toBe(GiB);
    expect(machine.memorySource).toBe('/cg/memory/docker/abc/memory.limit_in_bytes');
  });

  test('without a quota in version 1 are not limited', () => {
    const machine = probeMachine(
      host({
        ...status('0-1'),
        '/proc/self/cgroup': '1:cpu:/\n',
        '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      }),
    );
    expect(machine.cpuMilli).toBe(2000);
  });
});

describe('memory', () => {
  test('is the smallest limit over the parents of the control group', () => {
    const machine = probeMachine(
      host({
        '/proc/self/cgroup': '0::/a/b\n',
        '/sys/fs/cgroup/a/b/memory.max': 'max\n',
        '/sys/fs/cgroup/a/memory.max': `${2 * GiB}\n`,
        '/sys/fs/cgroup/memory.max': `${8 * GiB}\n`,
      }),
    );
    expect(machine.memoryLimitBytes).toBe(2 * GiB);
    expect(machine.memoryTotalBytes).toBe(16 * GiB);
  });

  test('is the total where the limit is larger', () => {
    const files = { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/memory.max': `${64 * GiB}\n` };
    const machine = probeMachine(host(files));
    expect(machine.memoryLimitBytes).toBe(16 * GiB);
    expect(machine.memorySource).toBe('total memory');
  });
});

describe('capabilities', () => {
  test('say why they are missing', () => {
    const { capabilities } = probeMachine(
      host(
        {},
        {
          findCommand: () => undefined,
          features: { threadCpuUsage: false, waitAsync: false, pause: false },
        },
      ),
    );
    expect(capabilities.pin).toEqual({
      available: false,
      reason: 'taskset (util-linux) is not on PATH',
    });
    expect(capabilities.cpuTime.available).toBe(false);
    expect(capabilities.waitAsync.available).toBe(false);
    expect(capabilities.pause.available).toBe(false);
  });

  test('see --max-old-space-size on the command line and in NODE_OPTIONS', () => {
    const byFlag = probeMachine(host({}, { execArgv: ['--max_old_space_size=64'] }));
    const byVariable = probeMachine(host({}, { nodeOptions: '-r x --max-old-space-size=64' }));
    expect(byFlag.maxOldSpaceFrom).toBe('the command line');
    expect(byVariable.maxOldSpaceFrom).toBe('NODE_OPTIONS');
    expect(probeMachine(host({})).maxOldSpaceFrom).toBeUndefined();
  });
});

test('the machine this runs on is described within its laws', () => {
  const machine = probeMachine();
  expect(machine.cpus.length).toBeGreaterThanOrEqual(1);
  expect(machine.cpuMilli).toBeGreaterThanOrEqual(1);
  expect(machine.cpuMilli).toBeLessThanOrEqual(1000 * machine.cpus.length);
  expect(machine.memoryLimitBytes).toBeLessThanOrEqual(machine.memoryTotalBytes);
  expect(structuredClone(machine)).toEqual(machine);
});

test('a malformed CPU list is none', () => {
  for (const text of ['', 'a', '3-1', '1,,2', '-1', '1-'])
    expect(parseCpuList(text)).toBeUndefined();
});
