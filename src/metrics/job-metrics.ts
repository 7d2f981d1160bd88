/** One reading of a job's metrics: plain data (JSON) for the CLI, the dashboard and embedding programs. */

/** Flink's three words for the share of time a subtask is backpressured: ≤ 10 %, ≤ 50 %, above. */
export type Backpressure = 'OK' | 'LOW' | 'HIGH';

/** One subtask. Counters since the start of the run; rates over the time since the reading before. */
export interface SubtaskMetrics {
  readonly subtask: number;
  readonly chain: number;
  readonly chainName: string;
  /** 0 .. parallelism - 1. */
  readonly index: number;
  /** Worker thread, null when not told. */
  readonly worker: number | null;
  readonly recordsIn: number;
  readonly recordsOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly recordsInPerSecond: number;
  readonly recordsOutPerSecond: number;
  /** The three sum to about 1000. */
  readonly busyMsPerSecond: number;
  readonly idleMsPerSecond: number;
  readonly backpressuredMsPerSecond: number;
  readonly backpressure: Backpressure;
  /** Since the start of the run. */
  readonly busyMs: number;
  readonly idleMs: number;
  readonly backpressuredMs: number;
  readonly cpuNs: number;
  /** Milliseconds since the epoch; null before the first watermark. */
  readonly watermark: number | null;
  /** null without a watermark and at the end of time. */
  readonly watermarkLagMs: number | null;
  /** Wall clock at which the watermark last advanced; null before the first. */
  readonly watermarkSinceMs: number | null;
  /** The subtask from which the slowest active channel comes: the one that holds this watermark back; null for sources. */
  readonly watermarkHeldBy: number | null;
  /** `idle`: nobody waits for its watermark. */
  readonly inputStatus: 'active' | 'idle' | 'ended';
  readonly lateRowsDropped: number;
  readonly badRows: number;
  /** In the unit of the source, both 0 when it has nothing to read; null when its size is unknown. */
  readonly progress: { readonly done: number; readonly total: number } | null;
  readonly steps: number;
  readonly longestStepMs: number;
  readonly stateBytes: number;
}

/** One operator, summed over its subtasks. */
export interface OperatorMetrics {
  readonly name: string;
  readonly uid: string;
  readonly kind: string;
  readonly chain: number;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly rowsInPerSecond: number;
  readonly rowsOutPerSecond: number;
  /** Custom counters by name. */
  readonly counters: Readonly<Record<string, number>>;
}

/** What the exchange knows of one channel, by channel id. */
export interface ChannelSample {
  readonly records: number;
  readonly bytes: number;
  /** Bytes the producer may still write. */
  readonly creditBytes: number;
  /** Bytes written and not yet consumed. */
  readonly backlogBytes: number;
  readonly noCreditMs: number;
}

/** One channel: producer subtask to consumer subtask. */
export interface ChannelMetrics extends ChannelSample {
  readonly channel: number;
  readonly edge: number;
  readonly from: number;
  readonly to: number;
}

/** Sums over all subtasks. */
export interface JobTotals {
  /** Rows that sources put out. */
  readonly sourceRows: number;
  /** Rows that went into operators without an output: the sinks. */
  readonly sinkRows: number;
  readonly sourceRowsPerSecond: number;
  readonly sinkRowsPerSecond: number;
  /** Bytes through channels. */
  readonly exchangedBytes: number;
  readonly lateRowsDropped: number;
  readonly badRows: number;
  readonly stateBytes: number;
  readonly cpuNs: number;
  /** Done over total of all bounded sources, 0 to 1; null when one's size is unknown or there is none. */
  readonly progress: number | null;
  /** Least watermark of all subtasks that have one. */
  readonly watermark: number | null;
}

/** Who holds event time back. */
export interface WatermarkHold {
  /** The subtask that is furthest behind. */
  readonly subtask: number;
  /** The source subtask that it waits for. */
  readonly heldBy: number;
  /** What that one has said, ms since the epoch; null when nothing yet. */
  readonly watermark: number | null;
  /** Wall clock at which it said so. */
  readonly sinceMs: number | null;
}

/** One reading. */
export interface JobMetrics {
  readonly job: string;
  /** Wall clock of the reading, ms since the epoch. */
  readonly takenAtMs: number;
  readonly uptimeMs: number;
  readonly subtasks: readonly SubtaskMetrics[];
  readonly operators: readonly OperatorMetrics[];
  readonly channels: readonly ChannelMetrics[];
  readonly totals: JobTotals;
  /** Id of the subtask that holds the job back, null when nothing is backpressured. */
  readonly bottleneck: number | null;
  /** The source subtask whose watermark everything waits for; null when nothing waits. */
  readonly watermarkHold: WatermarkHold | null;
}
