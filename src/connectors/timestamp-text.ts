/**
 * Timestamps as text: ISO 8601 or an integer of milliseconds since the epoch.
 * Laws: parse(format(ms)) = ms for every integer up to ±2^53; text without a zone is UTC, whatever the machine's zone is.
 */

const MINUS = 45;
const PLUS = 43;
const ZERO = 48;
const COLON = 58;
/** Largest distance from the epoch that a `Date` can hold, in milliseconds. */
const DATE_MS_MAX = 8.64e15;
const SCRATCH = new Uint8Array(64);

/**
 * Milliseconds since the epoch from bytes `[start, end)`: `1136073600000`, `2006-01-01`, `2006-01-01T05:30`,
 * `2006-01-01 05:30:12.345678+02:00`; digits after the millisecond are dropped. NaN when it is none of these.
 */
export function parseTimestamp(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0 || length > 40) return NaN;
  const first = bytes[start]!;
  const signed = first === MINUS || first === PLUS;
  const dash = start + (signed ? 7 : 4);
  if (dash >= end || bytes[dash] !== MINUS) return parseMilliseconds(bytes, start, end);

  let year = digits(bytes, signed ? start + 1 : start, dash);
  if (first === MINUS) year = -year;
  const month = digits(bytes, dash + 1, dash + 3);
  const day = digits(bytes, dash + 4, dash + 6);
  if (dash + 6 > end || bytes[dash + 3] !== MINUS) return NaN;
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month))) return NaN;
  const dayMs = daysFromCivil(year, month, day) * 86_400_000;

  let at = dash + 6;
  if (at === end) return dayMs;
  const separator = bytes[at]!;
  if (separator !== 84 && separator !== 116 && separator !== 32) return NaN; // T, t, space
  if (at + 6 > end || bytes[at + 3] !== COLON) return NaN;
  const hour = digits(bytes, at + 1, at + 3);
  const minute = digits(bytes, at + 4, at + 6);
  let second = 0;
  let fraction = 0;
  at += 6;
  if (at < end && bytes[at] === COLON) {
    if (at + 3 > end) return NaN;
    second = digits(bytes, at + 1, at + 3);
    at += 3;
    if (at < end && (bytes[at] === 46 || bytes[at] === 44)) {
      const from = ++at;
      let weight = 100;
      while (at < end && bytes[at]! >= ZERO && bytes[at]! <= 57) {
        if (weight >= 1) fraction += (bytes[at]! - ZERO) * weight;
        weight /= 10;
        at++;
      }
      if (at === from) return NaN;
      fraction = Math.floor(fraction);
    }
  }
  if (!(hour <= 24 && minute <= 59 && second <= 59)) return NaN;
  if (hour === 24 && (minute !== 0 || second !== 0 || fraction !== 0)) return NaN;
  const local = dayMs + hour * 3_600_000 + minute * 60_000 + second * 1000 + fraction;
  if (at === end) return local;
  return local - zoneOffsetMs(bytes, at, end);
}

/** {@link parseTimestamp} of a string. */
export function parseTimestampText(text: string): number {
  const { length } = text;
  if (length > SCRATCH.length) return NaN;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    SCRATCH[i] = code < 128 ? code : 0;
  }
  return parseTimestamp(SCRATCH, 0, length);
}

/** Two and three digits of every small number. */
const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));
const THREE_DIGITS = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));
const MINUTE_MS = 60_000;
/** Start and text of the minute written last: rows of a file mostly follow each other in time. */
let lastMinuteMs = NaN;
let lastMinuteText = '';

/** ISO 8601 in UTC with milliseconds; the integer itself when it is beyond the years that ISO 8601 text can name. */
export function formatTimestamp(ms: number): string {
  if (!(ms >= -DATE_MS_MAX && ms <= DATE_MS_MAX)) return String(ms);
  const minuteMs = Math.floor(ms / MINUTE_MS) * MINUTE_MS;
  if (minuteMs !== lastMinuteMs) {
    if (minuteMs < -DATE_MS_MAX) return new Date(ms).toISOString();
    lastMinuteText = new Date(minuteMs).toISOString().slice(0, -7);
    lastMinuteMs = minuteMs;
  }
  const rest = ms - minuteMs;
  const second = Math.floor(rest / 1000);
  return `${lastMinuteText}${TWO_DIGITS[second]!}.${THREE_DIGITS[Math.floor(rest - second * 1000)]!}Z`;
}

/** A safe integer with an optional sign, or NaN. */
function parseMilliseconds(bytes: Uint8Array, start: number, end: number): number {
  const negative = bytes[start] === MINUS;
  const from = negative || bytes[start] === PLUS ? start + 1 : start;
  if (end - from > 16) return NaN;
  const value = digits(bytes, from, end);
  // 2^53 itself is told from 2^53 + 1, which rounds to it, by its last digit.
  const exact = value <= Number.MAX_SAFE_INTEGER || (value === 2 ** 53 && bytes[end - 1] === 50);
  return exact ? (negative && value !== 0 ? -value : value) : NaN;
}

/** The decimal digits of `[start, end)`, or NaN when there is none or something else. */
function digits(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end || end > bytes.length) return NaN;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    value = value * 10 + digit;
  }
  return value;
}

/** `Z`, `+02:00`, `+0200`, `+02`; NaN for anything else. */
function zoneOffsetMs(bytes: Uint8Array, at: number, end: number): number {
  const sign = bytes[at]!;
  if ((sign === 90 || sign === 122) && at + 1 === end) return 0;
  if (sign !== PLUS && sign !== MINUS) return NaN;
  const hours = at + 3 <= end ? digits(bytes, at + 1, at + 3) : NaN;
  let minutes = 0;
  const rest = end - (at + 3);
  if (rest !== 0) {
    const from = bytes[at + 3] === COLON ? at + 4 : at + 3;
    if (from + 2 !== end) return NaN;
    minutes = digits(bytes, from, end);
  }
  if (!(hours <= 23 && minutes <= 59)) return NaN;
  return (sign === MINUS ? -1 : 1) * (hours * 3_600_000 + minutes * 60_000);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
function daysFromCivil(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
