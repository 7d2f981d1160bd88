/** The frame that fills what is left of a ring's lap. */

import { FRAME_HEADER_BYTES, FRAME_KIND_SHIFT, FrameKind } from '../record/index.ts';
import type { Memory } from '../record/index.ts';

/** @param padBytes of the whole frame, prefix and header included */
export function writePad(
  { i32 }: Memory,
  frameAt: number,
  prefixBytes: 0 | 8,
  padBytes: number,
): void {
  const at = (frameAt + prefixBytes) >> 2;
  i32[at] = (FrameKind.pad << FRAME_KIND_SHIFT) | (padBytes - prefixBytes - FRAME_HEADER_BYTES);
  i32[at + 1] = 0;
}
