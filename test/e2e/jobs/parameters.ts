/** Reads parameters of the test jobs. */

/** The parameter as text; empty when it is none. */
export function textOf(parameter: unknown): string {
  return typeof parameter === 'string' ? parameter : '';
}
