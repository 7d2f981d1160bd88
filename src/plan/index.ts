/** Logical graph to physical plan: chains, parallelism, channels. */

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
