/** A report for people: what results say as Markdown with charts. Pure: from the document of a run to the texts of files. */

import type { BenchResult, Spread } from '../harness.ts';
import { fingerprintOf } from '../machine-info.ts';
import type { BenchDocument } from '../report.ts';
import { barChart, lineChart, short } from './svg.ts';

/** Texts by file name. */
export type ReportFiles = Readonly<Record<string, string>>;

/** One part of the report; undefined when the document has none of its results. */
interface Section {
  readonly text: string;
  readonly files: ReportFiles;
  /** Names of the results it tells of. */
  readonly names: readonly string[];
}

/** What is read of results beyond what every benchmark gives. */
type Fields = BenchResult & {
  readonly workers?: number;
  readonly withGenerator?: number;
  readonly cpuNsPerEvent?: number;
  readonly stateBytes?: number;
  readonly keys?: number;
  readonly bytesPerKey?: number;
  readonly peers?: Readonly<
    Record<
      string,
      {
        readonly value: number;
        readonly ours: number;
        readonly ratio: Spread;
        readonly pairs: number;
      }
    >
  >;
  readonly quantiles?: Quantiles;
  readonly hiccups?: Quantiles;
};
type Quantiles = Readonly<Record<string, number>>;

const QUANTILES = ['p50', 'p90', 'p99', 'p999', 'p9999', 'max'] as const;
const QUANTILE_NAMES = ['p50', 'p90', 'p99', 'p99.9', 'p99.99', 'max'];

/**
 * The report's files: `README.md` and charts beside it.
 *
 * @param command that gave the document
 */
export function reportFiles(document: BenchDocument, command: string): ReportFiles {
  const results = document.results as readonly Fields[];
  const sections = [nexmark, peers, latency, scaling, memory]
    .map((section) => section(results))
    .filter((section) => section !== undefined);
  const told = new Set(sections.flatMap(({ names }) => names));
  const rest = others(results.filter(({ name }) => !told.has(name)));
  const all = rest === undefined ? sections : [...sections, rest];
  const text = [head(document, command), ...all.map((section) => section.text)].join('\n');
  return { 'README.md': text, ...Object.assign({}, ...all.map(({ files }) => files)) };
}

function head(document: BenchDocument, command: string): string {
  const { machine, smoke, skipped, failed } = document;
  const gib = Math.round(machine.memoryBytes / 2 ** 30);
  const lines = [
    '# Measured',
    '',
    `${machine.model}, ${machine.cpus} CPUs, ${gib} GiB, ${machine.platform}; Node ${machine.node}, V8 ${machine.v8};`,
    `load before the run ${machine.load}; fingerprint \`${fingerprintOf(machine)}\`.`,
    '',
    '```sh',
    command,
    '```',
    '',
  ];
  if (smoke)
    lines.push('Small sizes: the numbers prove that the benchmarks work, and measure nothing.', '');
  const absent = [...skipped, ...failed].map(
    ({ name, reason }) => `- ${name}: ${reason.split('\n')[0]}`,
  );
  if (absent.length > 0) lines.push('Not measured:', '', ...absent, '');
  return lines.join('\n');
}

function nexmark(results: readonly Fields[]): Section | undefined {
  const queries = results.filter(({ name }) => /^nexmark-q\d+$/.test(name));
  if (queries.length === 0) return undefined;
  const single = new Map(
    results
      .filter(({ name }) => /^nexmark-q\d+, workers: 1$/.test(name))
      .map((result) => [result.name.split(',')[0]!, result.value]),
  );
  const flink = queries.map(({ peers: beside }) => beside?.['flink']);
  const any = flink.some((peer) => peer !== undefined);
  const rows = queries.map((result, i) => [
    result.name.slice('nexmark-'.length),
    short(result.value),
    shortOr(single.get(result.name)),
    shortOr(result.withGenerator),
    shortOr(result.cpuNsPerEvent),
    shortOr(result.stateBytes),
    ...(any ? [shortOr(flink[i]?.ours), shortOr(flink[i]?.value), ratioText(flink[i]?.ratio)] : []),
  ]);
  const ratios = flink.flatMap((peer) => (peer === undefined ? [] : [peer.ratio.median]));
  const workers = queries[0]!.workers ?? 1;
  const text = [
    '## Nexmark: events per second',
    '',
    `Events from memory, ${workers} workers, into a counting sink; beside it one worker, and ${workers} that make their events as`,
    "well. CPU time is that of the whole process. A ratio is ours by the peer's: the median of neighbouring runs, with the least",
    'and the greatest.',
    '',
    '![events per second by query](nexmark.svg)',
    '',
    table(
      [
        'query',
        'events/s',
        'one worker',
        'with generator',
        'CPU ns/event',
        'state bytes',
        ...(any ? ['beside Flink', 'Flink', 'ratio'] : []),
      ],
      rows,
    ),
    '',
    ...(ratios.length > 0
      ? [
          `Geometric mean of the ratios to Flink: ${digits(geometricMean(ratios))}, over ${ratios.length} queries.`,
          '',
        ]
      : []),
  ].join('\n');
  const chart = barChart({
    title: 'Nexmark, events from memory',
    unit: 'events/s',
    series: any ? ['Millrace', 'Flink'] : ['Millrace'],
    rows: queries.map(({ name, value }, i) => ({
      label: name.slice('nexmark-'.length),
      values: any ? [flink[i]?.ours ?? value, flink[i]?.value ?? null] : [value],
    })),
  });
  const names = results.filter(({ name }) => /^nexmark-q\d+/.test(name)).map(({ name }) => name);
  return { text, files: { 'nexmark.svg': chart }, names };
}

function peers(results: readonly Fields[]): Section | undefined {
  const rows = results.flatMap(({ name, peers: beside = {} }) =>
    Object.entries(beside)
      .filter(([peer]) => peer !== 'flink')
      .map(([peer, { value, ratio, pairs }]) => [
        name.slice('nexmark-'.length),
        peer,
        short(value),
        ratioText(ratio),
        String(pairs),
      ]),
  );
  if (rows.length === 0) return undefined;
  const text = [
    '## Beside packages from npm',
    '',
    table(['query', 'peer', 'events/s', 'ratio', 'pairs'], rows),
    '',
  ];
  return { text: text.join('\n'), files: {}, names: [] };
}

function latency(results: readonly Fields[]): Section | undefined {
  const timed = results.filter(({ quantiles }) => quantiles !== undefined);
  if (timed.length === 0) return undefined;
  const valuesOf = (quantiles: Quantiles | undefined): (number | null)[] =>
    QUANTILES.map((name) => quantiles?.[name] ?? null);
  const rowOf = (name: string, quantiles: Quantiles | undefined): string[] => [
    name,
    ...valuesOf(quantiles).map((value) => shortOr(value ?? undefined)),
  ];
  const rows = timed.flatMap(({ name, quantiles, hiccups }) => [
    rowOf(name, quantiles),
    rowOf(`${name}, hiccups`, hiccups),
  ]);
  const families = [...new Set(timed.map(({ name }) => name.replace(/-\d+$/, '')))];
  const charts = families.map((family) => {
    const own = timed.filter(({ name }) => name.replace(/-\d+$/, '') === family);
    const chart = lineChart({
      title: `${family.replaceAll('-', ' ')}, by load in percent of the sustainable rate`,
      unit: own[0]!.unit,
      labels: QUANTILE_NAMES,
      series: [
        ...own.map(({ name, quantiles }) => ({
          name: `${name.slice(family.length + 1)} %`,
          values: valuesOf(quantiles),
        })),
        { name: 'hiccups', values: valuesOf(own.at(-1)!.hiccups) },
      ],
    });
    return [`${family}.svg`, chart] as const;
  });
  const text = [
    '## Latency',
    '',
    'From the intended time of a row, in an open loop; beside it the hiccups of the machine in the same time.',
    '',
    ...charts.flatMap(([file]) => [`![${file.slice(0, -4)}](${file})`, '']),
    table([`in ${timed[0]!.unit}`, ...QUANTILE_NAMES], rows),
    '',
  ];
  return {
    text: text.join('\n'),
    files: Object.fromEntries(charts),
    names: timed.map(({ name }) => name),
  };
}

function scaling(results: readonly Fields[]): Section | undefined {
  const found = results.filter(({ name }) => /^scaling-[a-z]+-\d+$/.test(name));
  if (found.length === 0) return undefined;
  const workers = [1, ...new Set(found.map(({ name }) => Number(name.split('-')[2])))];
  const spreads = [...new Set(found.map(({ name }) => name.split('-')[1]!))];
  const chart = barChart({
    title: 'Scaling over workers',
    unit: 'rows/s',
    series: spreads,
    rows: workers.map((count) => ({
      label: count === 1 ? '1 worker' : `${count} workers`,
      values: spreads.map((spread) => {
        const at = (n: number): Fields | undefined =>
          found.find(({ name }) => name === `scaling-${spread}-${n}`);
        return count === 1 ? (at(workers[1]!)?.ceiling ?? null) : (at(count)?.value ?? null);
      }),
    })),
  });
  const rows = found.map(({ name, value, ceiling, ratio }) => [
    name.split('-')[1]!,
    name.split('-')[2]!,
    short(value),
    shortOr(ceiling ?? undefined),
    ratio === null ? '' : digits(ratio),
  ]);
  const text = [
    '## Scaling',
    '',
    '![rows per second by workers](scaling.svg)',
    '',
    table(['keys', 'workers', 'rows/s', 'one worker', 'ratio'], rows),
    '',
  ];
  return {
    text: text.join('\n'),
    files: { 'scaling.svg': chart },
    names: found.map(({ name }) => name),
  };
}

function memory(results: readonly Fields[]): Section | undefined {
  const found = results.filter(({ bytesPerKey }) => bytesPerKey !== undefined);
  if (found.length === 0) return undefined;
  const labelOf = ({ name, keys }: Fields): string =>
    keys === undefined ? name : `${short(keys)} keys`;
  const chart = barChart({
    title: 'Memory of the process for each key',
    unit: 'bytes/key',
    series: ['bytes/key'],
    rows: found.map((result) => ({ label: labelOf(result), values: [result.bytesPerKey!] })),
  });
  const rows = found.map((result) => [
    labelOf(result),
    short(result.value),
    result.unit,
    short(result.bytesPerKey!),
  ]);
  const text = [
    '## Memory',
    '',
    '![bytes per key](memory.svg)',
    '',
    table(['keys', 'process', 'unit', 'bytes/key'], rows),
    '',
  ];
  return {
    text: text.join('\n'),
    files: { 'memory.svg': chart },
    names: found.map(({ name }) => name),
  };
}

function others(results: readonly Fields[]): Section | undefined {
  if (results.length === 0) return undefined;
  const rows = results.map(({ name, value, unit, ceiling, ratio }) => [
    name,
    short(value),
    unit,
    shortOr(ceiling ?? undefined),
    ratio === null ? '' : digits(ratio),
  ]);
  const text = ['## The rest', '', table(['name', 'value', 'unit', 'ceiling', 'ratio'], rows), ''];
  return { text: text.join('\n'), files: {}, names: [] };
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = header.map((_, i) => (i === 0 ? '---' : '---:'));
  return [header, rule, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function ratioText(ratio: Spread | undefined): string {
  if (ratio === undefined) return '';
  return `${digits(ratio.median)} (${digits(ratio.min)} … ${digits(ratio.max)})`;
}

function shortOr(value: number | undefined): string {
  return value === undefined ? '' : short(value);
}

function digits(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Of numbers above 0. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
