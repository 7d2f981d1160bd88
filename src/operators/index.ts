/** One transformation a file, and the contract they share. */

export type {
  Collector,
  FusedForm,
  KeyContext,
  Operator,
  OperatorContext,
  Plain,
  Transformation,
} from './operator.ts';
export type { MemoryAccount } from '../state/index.ts';
