/** What a run that goes on from a snapshot has to be told again, since watermarks and idleness are not part of one. */

import { NO_WATERMARK } from '../record/index.ts';
import type { TestChannel } from './test-channel.ts';

/** Watermarks and idleness that channels were told, to those of a later run. */
export function sayAgain(before: readonly TestChannel[], channels: readonly TestChannel[]): void {
  const open = before.filter((channel) => !channel.ended);
  if (open.length === 0) return;
  const same = before.length === channels.length;
  channels.forEach((channel, index) => {
    if (channel.ended) return;
    const told = same ? [before[index]!] : open;
    const active = told.filter(({ lastIdle }) => !lastIdle);
    const marks = (active.length > 0 ? active : told).map(({ lastWatermark }) => lastWatermark);
    const least = active.length > 0 ? Math.min(...marks) : Math.max(...marks);
    if (least > NO_WATERMARK) channel.watermark(least);
    if (active.length === 0) channel.idle();
  });
}
