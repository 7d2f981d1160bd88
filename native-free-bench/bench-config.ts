/** The configuration that a run of the benchmarks was given; apart from the engine, so that the runner need not load that. */

/** The configuration of a run; passed down to its processes by the environment. */
export interface BenchConfig {
  /** Absolute path. */
  readonly file?: string;
  readonly profile?: string;
  /** `key=value`. */
  readonly set?: readonly string[];
}

/** The environment variable that holds a {@link BenchConfig} as JSON. */
export const CONFIG_VARIABLE = 'MILLRACE_BENCH_CONFIG';

/** The configuration this process was given. */
export function benchConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): BenchConfig {
  const text = environment[CONFIG_VARIABLE];
  return text === undefined ? {} : (JSON.parse(text) as BenchConfig);
}
