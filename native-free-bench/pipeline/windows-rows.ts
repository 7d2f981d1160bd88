/** The rows of the window benchmarks, and the answers they must give; shared by jobs, hand-written twins and checks. */

/** Distinct keys. */
export const KEYS = 10_000;
/** Rows of one millisecond of event time. */
export const ROWS_PER_MS = 100;

/** Key of row i: spread over all keys without order. */
export function keyOf(i: number): number {
  return (Math.imul(i, 0x9e3779b1) >>> 0) % KEYS;
}

/** Value of row i, 0 .. 999. */
export function valueOf(i: number): number {
  return i % 1000;
}

/** Event time of row i, in milliseconds. */
export function timeOf(i: number): number {
  return Math.floor(i / ROWS_PER_MS);
}

/** What one result adds to the checksum: exact below 2^53 in sum. */
export function digest(key: number, windowEnd: number, count: number, sum: number): number {
  return (sum + count) * ((key & 3) + (Math.floor(windowEnd / 1000) & 7));
}

/** Results of all windows, rows in them, and the sum of their digests. */
export interface WindowsAnswer {
  readonly results: number;
  readonly counted: number;
  readonly checksum: number;
}

/** The answer by plain arrays; windows of `sizeMs` that begin every `slideMs`, a divisor of it. */
export function expectedWindows(rows: number, sizeMs: number, slideMs: number): WindowsAnswer {
  const perWindow = sizeMs / slideMs;
  const slices: { readonly counts: Float64Array; readonly sums: Float64Array }[] = [];
  for (let i = 0; i < rows; i++) {
    const slice = Math.floor(timeOf(i) / slideMs);
    slices[slice] ??= { counts: new Float64Array(KEYS), sums: new Float64Array(KEYS) };
    slices[slice].counts[keyOf(i)]!++;
    slices[slice].sums[keyOf(i)]! += valueOf(i);
  }
  let results = 0;
  let counted = 0;
  let checksum = 0;
  for (let last = 0; last < slices.length + perWindow - 1; last++) {
    for (let key = 0; key < KEYS; key++) {
      let count = 0;
      let sum = 0;
      for (let i = Math.max(0, last - perWindow + 1); i <= last && i < slices.length; i++) {
        count += slices[i]!.counts[key]!;
        sum += slices[i]!.sums[key]!;
      }
      if (count === 0) continue;
      results++;
      counted += count;
      checksum += digest(key, (last + 1) * slideMs, count, sum);
    }
  }
  return { results, counted, checksum };
}
