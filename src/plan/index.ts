/** Logical graph to physical plan: chains, parallelism, channels. */

export { checkGraph, makePlan } from './make-plan.ts';
export { PLAN_VERSION } from './physical-plan.ts';
export type {
  ChainingDecision,
  PhysicalPlan,
  PlanChain,
  PlanChannel,
  PlanEdge,
  PlanOperator,
  PlanSettings,
  PlanSubtask,
  PlanWarning,
} from './physical-plan.ts';
export { renderPlan } from './render.ts';
export type { PlanFormat } from './render.ts';
export { defaultPlanSettings } from './settings.ts';
