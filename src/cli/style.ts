/** Colors and the characters of bars, or plain text where a terminal has neither. */

import type { CliIo, Output } from './io.ts';

/** Wraps text in a color; without colors, returns it as it is. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** Three shades of a bar, and an ellipsis; one column each. */
export interface Glyphs {
  readonly busy: string;
  readonly backpressured: string;
  readonly idle: string;
  readonly cut: string;
}

/** How to draw on one stream. */
export interface Style {
  readonly paint: Paint;
  readonly glyphs: Glyphs;
}

const wrap =
  (color: boolean, on: number, off: number) =>
  (text: string): string =>
    color && text !== '' ? `\u001B[${on}m${text}\u001B[${off}m` : text;

/** SGR colors of the terminal's own palette, so that they suit its background. */
export function paintOf(color: boolean): Paint {
  return {
    bold: wrap(color, 1, 22),
    dim: wrap(color, 2, 22),
    red: wrap(color, 31, 39),
    green: wrap(color, 32, 39),
    yellow: wrap(color, 33, 39),
    cyan: wrap(color, 36, 39),
  };
}

const UNICODE: Glyphs = { busy: '█', backpressured: '▒', idle: '·', cut: '…' };
const ASCII: Glyphs = { busy: '#', backpressured: '=', idle: '.', cut: '~' };

/**
 * The style of a stream. Colors: a terminal that is not `dumb`, unless `--no-color` or a non-empty `NO_COLOR`
 * (https://no-color.org) says otherwise. Block characters: where the locale is UTF-8.
 */
export function styleOf(
  output: Output,
  env: CliIo['env'],
  options: { readonly noColor: boolean },
): Style {
  const color =
    output.isTTY && !options.noColor && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  const unicode = /utf-?8/i.test(locale) || env['WT_SESSION'] !== undefined;
  return { paint: paintOf(color), glyphs: unicode ? UNICODE : ASCII };
}
