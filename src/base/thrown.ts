/** Reads what was thrown. User code may throw anything, also what cannot be read; nothing here throws. */

/** The parts of an error that cross threads. */
export interface ThrownText {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

/**
 * What was thrown as a message: that of an error, else the value as text.
 *
 * @example
 * thrownMessage(new RangeError('boom')); // 'boom'
 */
export function thrownMessage(thrown: unknown): string {
  return thrownText(thrown).message;
}

/**
 * Name, message and stack of what was thrown; of a value that is no error the message alone says something.
 *
 * @example
 * thrownText('no').message; // 'no'
 */
export function thrownText(thrown: unknown): ThrownText {
  try {
    if (thrown instanceof Error) {
      const { name, message, stack } = thrown;
      return {
        name: String(name),
        message: String(message),
        stack: typeof stack === 'string' ? stack : undefined,
      };
    }
    return { name: 'Error', message: textOf(thrown), stack: undefined };
  } catch {
    return { name: 'Error', message: `(${typeof thrown}, not readable)`, stack: undefined };
  }
}

function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' || typeof part === 'function' ? String(part) : part,
  );
}
