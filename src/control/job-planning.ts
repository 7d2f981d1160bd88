/** From a job's module to its plan and placement, without starting anything. */

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildGraph, loadJob } from '../graph/index.ts';
import type { LogicalGraph } from '../graph/index.ts';
import type { Plain } from '../operators/index.ts';
import { makePlan } from '../plan/index.ts';
import type { PhysicalPlan, PlanSettings, PlanWarning } from '../plan/index.ts';
import {
  checkConfigAgainstPlan,
  place,
  planSettings,
  poolOf,
  usageOf,
} from '../placement/index.ts';
import type { Config, Machine, Placement, Shortage } from '../placement/index.ts';

/** What of a submission decides its plan. */
export interface PlanOptions {
  /** Plain data that the job's build function sees as `env.parameters`. */
  readonly parameters?: { readonly [key: string]: Plain };
  /** Overrides the job's default parallelism. */
  readonly parallelism?: number;
}

/** A job that was planned and placed but not started. */
export interface JobPlan {
  readonly graph: LogicalGraph;
  readonly plan: PhysicalPlan;
  readonly placement: Placement | Shortage;
  /** Of the plan, and of a configuration that seems to mean another job. */
  readonly warnings: readonly PlanWarning[];
}

/** Plans and places a job for this machine; no engine needed (`millrace plan`). */
export async function planJob(
  module: URL | string,
  config: Config,
  machine: Machine,
  options: PlanOptions = {},
  running: readonly { readonly placement: Placement }[] = [],
): Promise<JobPlan> {
  const { graph, plan, warnings } = await graphAndPlan(module, config, machine, options);
  const usage = usageOf(running.map((run) => run.placement));
  return { graph, plan, warnings, placement: place(plan, machine, config, usage) };
}

/** The graph and the plan of a job, and the settings it was planned with. @throws ERR_GRAPH_…, ERR_PLAN_…, ERR_CONFIG_… */
export async function graphAndPlan(
  module: URL | string,
  config: Config,
  machine: Machine,
  options: PlanOptions,
): Promise<Omit<JobPlan, 'placement'> & { readonly settings: PlanSettings }> {
  const job = await loadJob(moduleUrl(module));
  const graph = buildGraph(job, options.parameters ?? {});
  const { parallelism } = options;
  const threads = poolOf(machine, config).threads;
  const configured = planSettings(config, graph.name, graph.options, threads);
  const settings = parallelism === undefined ? configured : { ...configured, parallelism };
  const plan = makePlan(graph, settings);
  const warnings = [...plan.warnings, ...checkConfigAgainstPlan(config, plan)];
  return { graph, settings, plan, warnings };
}

/** A module by its path or URL. */
export function moduleUrl(module: URL | string): string {
  return typeof module === 'string' && !module.startsWith('file:')
    ? pathToFileURL(resolve(module)).href
    : String(module);
}
