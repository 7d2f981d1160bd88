/**
 * What windows must give, by the plainest means: every pane a list of rows, every rule one line, no timers.
 *
 * The events are those one operator instance sees, in order. Firings are told with the step (index of the event) that
 * caused them; within one step their order is not part of the model.
 */

import type { TimeWindow, WindowAssigner } from '../../src/operators/window/assigner.ts';

/** One thing that happens to the operator. */
export type WindowEvent<T = unknown> =
  | { readonly kind: 'row'; readonly key: string; readonly timestamp: number; readonly row: T }
  | { readonly kind: 'watermark'; readonly watermark: number }
  | { readonly kind: 'clock'; readonly nowMs: number };

/** When a modelled window fires; `default` is that of the assigner. */
export type ModelTrigger =
  | { readonly kind: 'default' }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'continuousEventTime'; readonly intervalMs: number };

/** Which rows a modelled window loses; `after`: once its function saw them. */
export type ModelEvictor =
  | { readonly kind: 'count'; readonly count: number; readonly after: boolean }
  | { readonly kind: 'time'; readonly keepMs: number; readonly after: boolean };

export interface WindowModel {
  readonly assigner: WindowAssigner;
  readonly trigger?: ModelTrigger;
  /** The trigger purges whenever it fires. */
  readonly purging?: boolean;
  readonly evictor?: ModelEvictor;
  readonly allowedLatenessMs?: number;
}

/** One call of the window's function. */
export interface ModelFiring<T = unknown> {
  readonly step: number;
  readonly key: string;
  readonly start: number;
  readonly end: number;
  /** In the order of arrival; of sessions that were merged, those of the earlier window first. */
  readonly rows: readonly T[];
}

export interface ModelResult<T = unknown> {
  readonly firings: readonly ModelFiring<T>[];
  /** Rows late for all their windows, in the order of arrival. */
  readonly late: readonly T[];
}

interface Stamped<T> {
  readonly row: T;
  readonly timestamp: number;
}

interface Pane<T> {
  readonly key: string;
  readonly window: TimeWindow;
  rows: readonly Stamped<T>[];
  /** Rows since the count trigger fired last. */
  counted: number;
  /** Next time at which the continuous trigger fires. */
  next: number;
}

/** All windows that hold a timestamp, by trying every window near it. */
export function modelWindowsOf(assigner: WindowAssigner, t: number, gapMs: number): TimeWindow[] {
  const within = (window: TimeWindow): boolean => window.start <= t && t < window.end;
  switch (assigner.kind) {
    case 'global':
      return [{ start: Number.MIN_SAFE_INTEGER, end: Number.MAX_SAFE_INTEGER }];
    case 'session':
      return [{ start: t, end: t + gapMs }];
    case 'tumbling':
      return near(t, assigner.sizeMs, assigner.offsetMs, assigner.sizeMs)
        .map((start) => ({ start, end: start + assigner.sizeMs }))
        .filter(within);
    case 'sliding':
      return near(t, assigner.slideMs, assigner.offsetMs, assigner.sizeMs)
        .map((start) => ({ start, end: start + assigner.sizeMs }))
        .filter(within);
    case 'cumulative': {
      const { maxSizeMs, stepMs } = assigner;
      return near(t, maxSizeMs, assigner.offsetMs, maxSizeMs)
        .filter((start) => start <= t && t < start + maxSizeMs)
        .flatMap((start) =>
          Array.from({ length: maxSizeMs / stepMs }, (_, i) => ({
            start,
            end: start + (i + 1) * stepMs,
          })),
        )
        .filter(within);
    }
  }
}

function near(t: number, every: number, offset: number, size: number): number[] {
  const middle = Math.round((t - offset) / every);
  const reach = Math.ceil(size / every) + 2;
  return Array.from({ length: 2 * reach + 1 }, (_, i) => offset + (middle - reach + i) * every);
}

/** What the windows give for these events. */
export function modelWindows<T>(
  model: WindowModel,
  events: readonly WindowEvent<T>[],
): ModelResult<T> {
  return new ModelRun<T>(model).run(events);
}

class ModelRun<T> {
  readonly #model: WindowModel;
  readonly #lateness: number;
  readonly #firings: ModelFiring<T>[] = [];
  readonly #late: T[] = [];
  #panes: Pane<T>[] = [];
  #watermark: number = Number.MIN_SAFE_INTEGER;
  #now = 0;
  #step = 0;

  constructor(model: WindowModel) {
    this.#model = model;
    this.#lateness = model.allowedLatenessMs ?? 0;
  }

  run(events: readonly WindowEvent<T>[]): ModelResult<T> {
    for (const event of events) {
      if (event.kind === 'row') this.#row(event.key, event.row, event.timestamp);
      else if (event.kind === 'watermark') {
        if (event.watermark > this.#watermark) this.#advance('event', event.watermark);
      } else this.#advance('processing', event.nowMs);
      this.#step++;
    }
    return { firings: this.#firings, late: this.#late };
  }

  get #time(): 'event' | 'processing' | 'none' {
    const { assigner } = this.#model;
    return assigner.kind === 'global' ? 'none' : assigner.time;
  }

  #row(key: string, row: T, timestamp: number): void {
    const { assigner } = this.#model;
    const time = this.#time === 'processing' ? this.#now : timestamp;
    const gap = assigner.kind === 'session' ? assigner.gap : 0;
    const gapMs = typeof gap === 'function' ? gap(row as never) : gap;
    let taken = false;
    for (const window of modelWindowsOf(assigner, time, gapMs)) {
      const pane = assigner.kind === 'session' ? this.#merged(key, window) : this.#at(key, window);
      if (this.#time === 'event' && isLate(pane.window.end - 1 + this.#lateness, this.#watermark)) {
        this.#panes = this.#panes.filter((other) => other !== pane);
        continue;
      }
      taken = true;
      pane.rows = [...pane.rows, { row, timestamp }];
      this.#element(pane, timestamp);
    }
    const late = this.#time === 'event' && isLate(timestamp + this.#lateness, this.#watermark);
    if (!taken && late) this.#late.push(row);
  }

  /** What the trigger says to a row. */
  #element(pane: Pane<T>, timestamp: number): void {
    const trigger = this.#model.trigger ?? { kind: 'default' };
    const passed = pane.window.end - 1 <= this.#watermark;
    switch (trigger.kind) {
      case 'default':
        if (this.#time === 'event' && passed) this.#fire(pane);
        return;
      case 'count':
        if (++pane.counted < trigger.count) return;
        pane.counted = 0;
        this.#fire(pane);
        return;
      case 'continuousEventTime': {
        if (passed) return this.#fire(pane);
        const { intervalMs } = trigger;
        if (pane.next !== Infinity) return;
        const next = Math.floor(timestamp / intervalMs) * intervalMs + intervalMs;
        pane.next = Math.min(next, pane.window.end - 1);
      }
    }
  }

  /** Time goes on, moment of interest by moment of interest. A clock has passed what is before it. */
  #advance(domain: 'event' | 'processing', time: number): void {
    if (domain === 'event') this.#watermark = time;
    else this.#now = time;
    const to = domain === 'event' ? time : time - 1;
    for (;;) {
      const due = this.#panes.map((pane) => this.#due(pane, domain));
      const at = Math.min(...due);
      if (at > to) return;
      for (const pane of this.#panes.filter((_, i) => due[i] === at))
        this.#reached(pane, domain, at);
    }
  }

  /** When something happens to the pane next by this clock. */
  #due(pane: Pane<T>, domain: 'event' | 'processing'): number {
    const { trigger } = this.#model;
    const last = pane.window.end - 1;
    const times: number[] = [];
    if (this.#time === domain) {
      times.push(domain === 'event' ? last + this.#lateness : last);
      if (!this.#passed.has(pane)) times.push(last);
    }
    if (domain === 'event' && trigger?.kind === 'continuousEventTime') {
      // Once the window has passed, it fires by late rows alone.
      if (!this.#passed.has(pane)) times.push(pane.next, last);
    }
    return Math.min(Infinity, ...times);
  }

  /** Panes whose last timestamp the clock has passed. */
  readonly #passed: WeakSet<Pane<T>> = new WeakSet();

  #reached(pane: Pane<T>, domain: 'event' | 'processing', at: number): void {
    const trigger = this.#model.trigger ?? { kind: 'default' };
    const last = pane.window.end - 1;
    if (at === last && !this.#passed.has(pane)) {
      this.#passed.add(pane);
      if (trigger.kind !== 'count') this.#fire(pane);
    } else if (trigger.kind === 'continuousEventTime' && pane.next === at) {
      const ended = this.#time === 'none' && this.#watermark === Number.MAX_SAFE_INTEGER;
      pane.next = ended ? last : Math.min(at + trigger.intervalMs, last);
      // At the end of time the global window gives its last result only.
      if (!ended) this.#fire(pane);
    }
    const cleanup = domain === 'event' ? last + this.#lateness : last;
    if (this.#time === domain && at === cleanup) {
      this.#panes = this.#panes.filter((other) => other !== pane);
    }
  }

  #fire(pane: Pane<T>): void {
    const { evictor, purging } = this.#model;
    if (pane.rows.length === 0) return;
    if (evictor !== undefined && !evictor.after) pane.rows = evict(evictor, pane.rows);
    this.#firings.push({
      step: this.#step,
      key: pane.key,
      start: pane.window.start,
      end: pane.window.end,
      rows: pane.rows.map(({ row }) => row),
    });
    if (evictor?.after === true) pane.rows = evict(evictor, pane.rows);
    if (purging === true) pane.rows = [];
  }

  #at(key: string, window: TimeWindow): Pane<T> {
    const known = this.#panes.find(
      (pane) =>
        pane.key === key && pane.window.start === window.start && pane.window.end === window.end,
    );
    return known ?? this.#add({ key, window, rows: [], counted: 0, next: Infinity });
  }

  /** The session that the window becomes part of; those it joins are one from now on. */
  #merged(key: string, window: TimeWindow): Pane<T> {
    const parts = this.#panes
      .filter(
        (pane) =>
          pane.key === key && pane.window.start <= window.end && window.start <= pane.window.end,
      )
      .toSorted((a, b) => a.window.start - b.window.start);
    const start = Math.min(window.start, ...parts.map((pane) => pane.window.start));
    const end = Math.max(window.end, ...parts.map((pane) => pane.window.end));
    if (parts.length === 1 && parts[0]!.window.start === start && parts[0]!.window.end === end) {
      return parts[0]!;
    }
    this.#panes = this.#panes.filter((pane) => !parts.includes(pane));
    return this.#add({
      key,
      window: { start, end },
      rows: parts.flatMap((pane) => pane.rows),
      counted: parts.reduce((sum, pane) => sum + pane.counted, 0),
      next: Math.min(Infinity, ...parts.map((pane) => pane.next)),
    });
  }

  #add(pane: Pane<T>): Pane<T> {
    this.#panes.push(pane);
    // A window that opens late fires by its rows alone.
    const clock = this.#time === 'processing' ? this.#now - 1 : this.#watermark;
    if (pane.window.end - 1 <= clock) this.#passed.add(pane);
    return pane;
  }
}

function isLate(cleanup: number, watermark: number): boolean {
  return cleanup <= watermark;
}

function evict<T>(evictor: ModelEvictor, rows: readonly Stamped<T>[]): readonly Stamped<T>[] {
  if (evictor.kind === 'count') return evictor.count === 0 ? [] : rows.slice(-evictor.count);
  const newest = Math.max(...rows.map(({ timestamp }) => timestamp));
  return rows.filter(({ timestamp }) => timestamp > newest - evictor.keepMs);
}
