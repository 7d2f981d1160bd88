/** What a test tells an operator, written down to be told again in other ways. */

import type { OperatorTest } from './operator-test.ts';
import type { TestInput } from './test-input.ts';
import type { Change } from './recording.ts';
import type { TestFeed } from './test-channel.ts';

/** Which input, and which of the subtasks that feed it. */
export interface Address {
  readonly input: 'first' | 'second';
  readonly channel: number | undefined;
}

/** One thing told. */
export type Command =
  | { readonly kind: 'input'; readonly to: Address; readonly tell: (feed: TestFeed<never>) => void }
  | { readonly kind: 'time'; readonly ms: number };

/** The commands of one scenario; told like an {@link OperatorTest}. */
export class Script<T = unknown, B = unknown> {
  readonly commands: Command[] = [];
  /** The first input. */
  readonly first: ScriptInput<T>;
  /** The second input. */
  readonly second: ScriptInput<B>;
  readonly #inputs: number;

  constructor(inputs: number) {
    this.#inputs = inputs;
    this.first = new ScriptInput<T>(this.commands, { input: 'first', channel: undefined });
    this.second = new ScriptInput<B>(this.commands, { input: 'second', channel: undefined });
  }

  push(row: T, timestamp?: number): this {
    this.first.push(row, timestamp);
    return this;
  }

  pushChange(change: Change, row: T, timestamp?: number): this {
    this.first.pushChange(change, row, timestamp);
    return this;
  }

  pushAll(rows: Iterable<T>, timestampOf?: (row: T, index: number) => number): this {
    this.first.pushAll(rows, timestampOf);
    return this;
  }

  /** A watermark on all inputs. */
  watermark(watermark: number): this {
    this.first.watermark(watermark);
    if (this.#inputs === 2) this.second.watermark(watermark);
    return this;
  }

  advanceProcessingTime(ms: number): this {
    this.commands.push({ kind: 'time', ms });
    return this;
  }
}

/** One input of a script, or one channel of it. */
export class ScriptInput<T = unknown> implements TestFeed<T> {
  readonly #commands: Command[];
  readonly #to: Address;

  constructor(commands: Command[], to: Address) {
    this.#commands = commands;
    this.#to = to;
  }

  channel(channel: number): ScriptInput<T> {
    return new ScriptInput<T>(this.#commands, { ...this.#to, channel });
  }

  push(row: T, timestamp?: number): this {
    return this.#put((feed) => feed.push(row as never, timestamp));
  }

  pushChange(change: Change, row: T, timestamp?: number): this {
    return this.#put((feed) => feed.pushChange(change, row as never, timestamp));
  }

  pushAll(rows: Iterable<T>, timestampOf?: (row: T, index: number) => number): this {
    let index = 0;
    for (const row of rows) this.push(row, timestampOf?.(row, index++));
    return this;
  }

  watermark(watermark: number): this {
    return this.#put((feed) => feed.watermark(watermark));
  }

  idle(): this {
    return this.#put((feed) => feed.idle());
  }

  active(): this {
    return this.#put((feed) => feed.active());
  }

  end(): this {
    return this.#put((feed) => feed.end());
  }

  #put(tell: (feed: TestFeed<never>) => void): this {
    this.#commands.push({ kind: 'input', to: this.#to, tell });
    return this;
  }
}

/** Tells one command. */
export function tell(test: OperatorTest, command: Command): void {
  if (command.kind === 'time') {
    test.advanceProcessingTime(command.ms);
    return;
  }
  const { input, channel } = command.to;
  const whole: unknown = test[input];
  const to = whole as TestInput<never>;
  command.tell(channel === undefined ? to : to.channel(channel));
}

/** Whether both go to the same channel, where order is kept. */
export function sameAddress(a: Command | undefined, b: Command): boolean {
  if (a?.kind !== 'input' || b.kind !== 'input') return false;
  return a.to.input === b.to.input && a.to.channel === b.to.channel;
}
