/** CPU numbers as Linux writes them, `0-3,7`. Law: `parseCpuList(formatCpuList(cpus))` is `cpus`, sorted. */

const CPU_MAX = 65_535;

/**
 * CPU numbers of a list such as `0-3,7`: ascending, each once; undefined when the text is not such a list.
 *
 * @example
 * parseCpuList('0-2,7'); // [0, 1, 2, 7]
 */
export function parseCpuList(text: string): readonly number[] | undefined {
  const cpus = new Set<number>();
  for (const part of text.trim().split(',')) {
    const match = /^\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?$/.exec(part);
    if (!match) return undefined;
    const first = Number(match[1]);
    const last = match[2] === undefined ? first : Number(match[2]);
    if (last < first || last > CPU_MAX) return undefined;
    for (let cpu = first; cpu <= last; cpu++) cpus.add(cpu);
  }
  return [...cpus].sort((a, b) => a - b);
}

/**
 * The shortest list of these CPU numbers, which must ascend; empty text for none.
 *
 * @example
 * formatCpuList([0, 1, 2, 7]); // '0-2,7'
 */
export function formatCpuList(cpus: readonly number[]): string {
  const parts: string[] = [];
  let at = 0;
  while (at < cpus.length) {
    const first = cpus[at]!;
    let last = first;
    while (at + 1 < cpus.length && cpus[at + 1] === last + 1) {
      at++;
      last++;
    }
    parts.push(first === last ? String(first) : `${first}-${last}`);
    at++;
  }
  return parts.join(',');
}
