/** How a user's function object is provided: as such, as a class, or by a function that makes one. */

import type { StateDescriptor } from './state-descriptors.ts';

/** A function object, a class of one, or a function that makes one; the latter two are called once per subtask. */
export type Provided<F> = F | (() => F) | (new () => F);

/**
 * An instance for one subtask. An object that is given as such is shared by the subtasks of a thread, so a function that
 * keeps something in its fields should be given as a class.
 */
export function instantiate<F extends object>(provided: Provided<F>): F {
  if (typeof provided !== 'function') return provided;
  return isClass(provided) ? new (provided as new () => F)() : (provided as () => F)();
}

/** The user functions of a provided function object, by role, for reports and the fingerprint. */
export function functionsOf(
  provided: Provided<object>,
  methods: readonly string[],
): Record<string, (...args: never[]) => unknown> {
  if (typeof provided === 'function') {
    return { function: provided as (...args: never[]) => unknown };
  }
  const found: Record<string, (...args: never[]) => unknown> = {};
  for (const name of methods) {
    const method = (provided as Record<string, unknown>)[name];
    if (typeof method === 'function') found[name] = method as (...args: never[]) => unknown;
  }
  return found;
}

/** Whether what is provided has a method; undefined for a maker, which is called only where it runs. */
export function hasMethod(provided: Provided<object>, method: string): boolean | undefined {
  if (typeof provided !== 'function') {
    return typeof (provided as Record<string, unknown>)[method] === 'function';
  }
  if (!isClass(provided)) return undefined;
  return typeof (provided.prototype as Record<string, unknown>)[method] === 'function';
}

/** The descriptors that a function object, or a class as a static field, declares as `states`. */
export function declaredStates(provided: Provided<object>): readonly StateDescriptor[] {
  const { states } = provided as { readonly states?: unknown };
  return Array.isArray(states) ? (states as readonly StateDescriptor[]) : [];
}

/** A class cannot be called, a maker need not be constructible: told apart by what its instances inherit. */
// oxlint-disable-next-line typescript/no-unsafe-function-type -- a class or any function
function isClass(provided: Function): boolean {
  const { prototype } = provided as { prototype?: unknown };
  const methods =
    typeof prototype === 'object' && prototype !== null
      ? Object.getOwnPropertyNames(prototype)
      : [];
  return methods.length > 1 || /^class\b/.test(Function.prototype.toString.call(provided));
}
