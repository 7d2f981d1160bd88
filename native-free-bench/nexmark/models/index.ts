/**
 * The queries by name. All but q12, whose windows are of processing time: its answer is no function of the events.
 *
 * Rules: those of the Flink SQL suite, with event time for time, nothing late; updating queries are their final tables.
 */

import { q15, q16, q17, q18, q19 } from './aggregates.ts';
import { q20, q23, q3, q4, q6, q9 } from './joins.ts';
import type { Model } from './model.ts';
import { q0, q1, q10, q13, q14, q2, q21, q22 } from './stateless.ts';
import { q11, q5, q7, q8 } from './windows.ts';

export { byKind } from './model.ts';
export type { Events, Model, ResultRow } from './model.ts';

/** Names of the queries that have a model. */
export type ModelledQuery = keyof typeof MODELS;

const MODELS = {
  q0,
  q1,
  q2,
  q3,
  q4,
  q5,
  q6,
  q7,
  q8,
  q9,
  q10,
  q11,
  q13,
  q14,
  q15,
  q16,
  q17,
  q18,
  q19,
  q20,
  q21,
  q22,
  q23,
} satisfies Record<string, Model>;

/** The model of each query. */
export const models: Readonly<Record<ModelledQuery, Model>> = MODELS;
