/**
 * Charts as SVG texts: small, without scripts or fonts of their own, readable on light and dark ground.
 *
 * Values are shown on a logarithmic axis when they are far apart, since ratios are what is looked at.
 */

/** Values side by side for each label. */
export interface BarChart {
  readonly title: string;
  readonly unit: string;
  readonly series: readonly string[];
  /** One value a series, null where there is none. */
  readonly rows: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
}

/** Lines over the same labels, which stand at equal distances. */
export interface LineChart {
  readonly title: string;
  readonly unit: string;
  readonly labels: readonly string[];
  readonly series: readonly {
    readonly name: string;
    readonly values: readonly (number | null)[];
  }[];
}

const WIDTH = 720;
const LEFT = 130;
const RIGHT = 80;
const TOP = 58;
const BAR = 11;
const GAP = 8;
const LINES_HEIGHT = 260;
/** Told apart by hue and by lightness, on both grounds. */
const COLOURS = ['#3b82c4', '#d97a2b', '#4f9d69', '#a45ec2', '#8a8f98', '#c4453b'];
const STYLE =
  'text{font:12px system-ui,sans-serif;fill:#24292f}.t{font-weight:600;font-size:14px}.m{fill:#57606a}' +
  '.g{stroke:#d0d7de;stroke-width:1}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.m{fill:#9198a1}.g{stroke:#3d444d}}';

/** Horizontal bars, one group a label. */
export function barChart({ title, unit, series, rows }: BarChart): string {
  const scale = scaleOf(
    rows.flatMap(({ values }) => values),
    WIDTH - LEFT - RIGHT,
  );
  const groupHeight = series.length * BAR + GAP;
  const bottom = TOP + rows.length * groupHeight;
  const parts = scale.ticks.map(({ at, text }) => {
    const x = round(LEFT + at);
    return `<path class="g" d="M${x} ${TOP}V${bottom}"/><text class="m" x="${x}" y="${bottom + 16}" text-anchor="middle">${text}</text>`;
  });
  rows.forEach(({ label, values }, row) => {
    const y = TOP + row * groupHeight;
    const middle = y + (series.length * BAR) / 2 + 4;
    parts.push(`<text x="${LEFT - 8}" y="${middle}" text-anchor="end">${escaped(label)}</text>`);
    values.forEach((value, i) => {
      if (value === null) return;
      const width = round(scale.at(value));
      const top = y + i * BAR;
      parts.push(
        `<rect x="${LEFT}" y="${top}" width="${width}" height="${BAR - 1}" fill="${colour(i)}"/>`,
        `<text class="m" x="${round(LEFT + width + 5)}" y="${top + 9.5}">${short(value)}</text>`,
      );
    });
  });
  return svg(bottom + 26, title, unit, series, parts);
}

/** Lines with a dot for each value. */
export function lineChart({ title, unit, labels, series }: LineChart): string {
  const scale = scaleOf(
    series.flatMap(({ values }) => values),
    LINES_HEIGHT,
  );
  const bottom = TOP + LINES_HEIGHT;
  const left = 70;
  const step = (WIDTH - left - 30) / Math.max(1, labels.length - 1);
  const parts = scale.ticks.map(({ at, text }) => {
    const y = round(bottom - at);
    return `<path class="g" d="M${left} ${y}H${WIDTH - 30}"/><text class="m" x="${left - 8}" y="${y + 4}" text-anchor="end">${text}</text>`;
  });
  labels.forEach((label, i) => {
    const x = round(left + i * step);
    parts.push(
      `<text class="m" x="${x}" y="${bottom + 18}" text-anchor="middle">${escaped(label)}</text>`,
    );
  });
  series.forEach(({ values }, i) => {
    const points = values.flatMap((value, at) =>
      value === null ? [] : [`${round(left + at * step)} ${round(bottom - scale.at(value))}`],
    );
    parts.push(
      `<path fill="none" stroke="${colour(i)}" stroke-width="2" d="M${points.join('L')}"/>`,
      ...points.map((point) => {
        const [x, y] = point.split(' ');
        return `<circle cx="${x}" cy="${y}" r="3" fill="${colour(i)}"/>`;
      }),
    );
  });
  return svg(
    bottom + 28,
    title,
    unit,
    series.map(({ name }) => name),
    parts,
  );
}

function svg(
  height: number,
  title: string,
  unit: string,
  series: readonly string[],
  parts: readonly string[],
): string {
  let x = LEFT;
  const legend = series.map((name, i) => {
    const here = x;
    x += 24 + name.length * 7;
    return `<rect x="${here}" y="32" width="10" height="10" fill="${colour(i)}"/><text x="${here + 15}" y="41">${escaped(name)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<text class="t" x="8" y="18">${escaped(title)}</text>`,
    `<text class="m" x="8" y="41">${escaped(unit)}</text>`,
    ...(series.length > 1 ? legend : []),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

interface Scale {
  at(value: number): number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

/** Values more than this far apart are shown by their logarithms. */
const LINEAR_MAX = 30;

function scaleOf(values: readonly (number | null)[], length: number): Scale {
  const known = values.filter((value) => value !== null && value > 0) as number[];
  const most = known.length === 0 ? 1 : Math.max(...known);
  const least = known.length === 0 ? 1 : Math.min(...known);
  if (most / least <= LINEAR_MAX) {
    const step = niceStep(most / 4);
    const count = Math.floor(most / step);
    const at = (value: number): number => (Math.max(0, value) / most) * length;
    const ticks = Array.from({ length: count + 1 }, (_, i) => tick(at(i * step), i * step));
    return { at, ticks };
  }
  const low = Math.floor(Math.log10(least));
  const span = Math.log10(most) - low;
  const at = (value: number): number =>
    value <= 0 ? 0 : Math.max(0, ((Math.log10(value) - low) / span) * length);
  const powers = Array.from({ length: Math.floor(span) + 1 }, (_, i) => 10 ** (low + i));
  return { at, ticks: powers.map((power) => tick(at(power), power)) };
}

function tick(at: number, value: number): { at: number; text: string } {
  return { at, text: short(value) };
}

/** 1, 2 or 5 times a power of ten, at least `step`. */
function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return power * ([1, 2, 5].find((digit) => digit * power >= step) ?? 10);
}

/** Three digits and a letter for the size: `12.3 M`. */
export function short(value: number): string {
  for (const [size, letter] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (Math.abs(value) >= size * 0.9995)
      return `${Number((value / size).toPrecision(3))} ${letter}`;
  }
  return String(Number(value.toPrecision(3)));
}

function colour(i: number): string {
  return COLOURS[i % COLOURS.length]!;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
