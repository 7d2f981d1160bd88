/** One transformation a file, and the contract they share. */

export type {
  Collector,
  FusedForm,
  KeyContext,
  MemoryAccount,
  Operator,
  OperatorContext,
  Plain,
  Transformation,
} from './operator.ts';
