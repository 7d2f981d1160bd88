/** The closed table of error codes, by room. Add a code here, then use it; a test walks the table. */

export const ERROR_TABLE = {
  // base
  ERR_BASE_INVARIANT: {
    message: 'An invariant of the engine does not hold: {invariant}',
    hint: 'This is a bug in Millrace; please report it with the stack.',
    retryable: false,
  },
  ERR_BASE_UNEXPECTED: {
    message: 'Unexpected failure: {reason}',
    hint: 'See the cause.',
    retryable: true,
  },
  ERR_BASE_UNIT: {
    message: 'Expected {unit} such as {examples}, got {got}',
    hint: 'Write a number with its unit.',
    retryable: false,
  },
} as const;
