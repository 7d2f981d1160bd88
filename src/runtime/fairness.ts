/**
 * Cooperative fairness between the subtasks of one worker: deficit round robin over time.
 *
 * Law: over any stretch in which two subtasks always have work, the time they got differs from the ratio of their
 * weights by at most one quantum and one step each, unless the largest step is the limit. An idle subtask collects no credit.
 * Source: Shreedhar and Varghese, "Efficient Fair Queuing using Deficit Round Robin" (1995), with time for bytes.
 */

/** Rows of a first step, before a cost is known. */
const FIRST_STEP_ROWS = 64;

/** One subtask's account. Owner: its worker. Pure: times arrive as arguments. */
export class TimeAccount {
  /** Milliseconds a turn adds; the weight times the quantum. */
  readonly quantumMs: number;
  readonly rowsMax: number;
  /** Milliseconds left to spend; negative after a step that took longer than planned. */
  balanceMs = 0;
  /** Smoothed cost of one row in milliseconds; 0 until measured. */
  costMs = 0;

  /**
   * @param quantumMs milliseconds per turn, > 0
   * @param rowsMax largest step in rows, ≥ 1
   */
  constructor(quantumMs: number, rowsMax: number) {
    this.quantumMs = quantumMs;
    this.rowsMax = rowsMax;
  }

  /** Rows the next step may take; 0 while in debt. Called once a turn. */
  allowance(): number {
    // What was too little for a row is carried over, else rows that are dear would never use up their share.
    this.balanceMs = Math.min(this.balanceMs + this.quantumMs, this.quantumMs + this.costMs);
    if (this.balanceMs <= 0) return 0;
    if (this.costMs === 0) return Math.min(FIRST_STEP_ROWS, this.rowsMax);
    return Math.max(1, Math.min(this.rowsMax, Math.floor(this.balanceMs / this.costMs)));
  }

  /** Charges a step of `rows` rows that took `elapsedMs`. */
  charge(rows: number, elapsedMs: number): void {
    this.balanceMs -= elapsedMs;
    if (rows === 0) return;
    const cost = elapsedMs / rows;
    this.costMs = this.costMs === 0 ? cost : this.costMs * 0.75 + cost * 0.25;
  }

  /** The subtask had nothing to do: it collects no credit, but keeps its debt. */
  idle(): void {
    if (this.balanceMs > 0) this.balanceMs = 0;
  }
}
