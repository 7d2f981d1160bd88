/** The words that the generator draws from, and the channels that bids come through. */

import { JavaRandom } from './generator-random.ts';
import { TextTable } from './generator-texts.ts';

export const FIRST_NAMES: readonly string[] =
  'Peter Paul Luke John Saul Vicky Kate Julie Sarah Deiter Walter'.split(' ');
export const LAST_NAMES: readonly string[] =
  'Shultz Abrams Spencer White Bartels Walton Smith Jones Noris'.split(' ');
export const CITIES: readonly string[] =
  'Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne'.split(',');
export const STATES: readonly string[] = 'AZ CA ID OR WA WY'.split(' ');
export const CITY_TEXTS: TextTable = new TextTable(CITIES);
export const STATE_TEXTS: TextTable = new TextTable(STATES);

/** Half of the bids come through one of these. */
export const HOT_CHANNELS: readonly string[] = ['Google', 'Facebook', 'Baidu', 'Apple'];
/** The other half through one of so many. */
export const COLD_CHANNELS = 10_000;

/** Name of a channel: the cold ones first, then the hot ones. */
export function channelName(channel: number): string {
  return HOT_CHANNELS[channel - COLD_CHANNELS] ?? `channel-${channel}`;
}

/**
 * Address of a channel, drawn from a generator seeded by its number: a hot channel's has no `channel_id`, nine of ten others'
 * have one.
 */
export function channelUrl(channel: number): string {
  const random = new JavaRandom();
  random.seed(channel);
  const folders = [0, 0, 0].map(() => shortText(random));
  const url = `https://www.nexmark.com/${folders.join('/')}/item.htm?query=1`;
  if (channel >= COLD_CHANNELS || random.below(10) === 0) return url;
  return `${url}&channel_id=${Math.abs(reverseBits(channel)) | 0}`;
}

/** Three or four characters of a-z and `_`. */
function shortText(random: JavaRandom): string {
  let text = '';
  for (let left = 3 + random.below(2); left > 0; left--) {
    text += random.below(13) === 0 ? '_' : String.fromCharCode(97 + random.below(26));
  }
  return text;
}

/** `Integer.reverse` of Java. */
function reverseBits(value: number): number {
  let reversed = 0;
  for (let bit = 0; bit < 32; bit++) reversed = (reversed << 1) | ((value >>> bit) & 1);
  return reversed;
}

let channels: TextTable | undefined;

/** Of every channel its name, then its address: neighbours, since both are wanted at once. Made once in a thread. */
export function channelTexts(): TextTable {
  if (channels !== undefined) return channels;
  const all = Array.from({ length: COLD_CHANNELS + HOT_CHANNELS.length }, (_, i) => i);
  return (channels = new TextTable(all.flatMap((i) => [channelName(i), channelUrl(i)])));
}
