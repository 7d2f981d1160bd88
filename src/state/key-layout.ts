/**
 * How a key lies in a space of bytes: int32 words by id, in columns.
 *
 *     0  [ hash     ]  murmur32 of the key
 *     1  [ holders  ]  ≥ 0 while the key is held; below 0 it is free, and ~holders - 1 is the next free id
 *     2  [ the key's words (key-shape.ts); a vector is its reference in the arena ]
 */

/** murmur32 of the key. */
export const KEY_HASH = 0;
/** How many states, timers and slices hold the key. */
export const KEY_HOLDERS = 1;
/** First word of the key itself. */
export const KEY_AT = 2;
