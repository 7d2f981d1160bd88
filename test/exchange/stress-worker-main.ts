/** Thread entry of the stress tests: plays one role until it is done, then posts what it saw. */

import { parentPort, workerData } from 'node:worker_threads';
import {
  Doorbell,
  InputGate,
  OutputGate,
  OutputPressure,
  RingReader,
  RingWriter,
  writeWatermark,
} from '../../src/exchange/index.ts';
import type { RingDescriptor } from '../../src/exchange/index.ts';
import { FrameKind } from '../../src/record/index.ts';

/** How long a parked thread waits before it counts a lost wake-up; far beyond any scheduling delay. */
const LOST_MS = 10_000;
const PREFIX_BYTES = 8;
const HEADER_BYTES = 16;

/** What a thread is told to do. */
export type StressOrder =
  | {
      role: 'produce';
      rings: RingDescriptor[];
      own: SharedArrayBuffer;
      peers: SharedArrayBuffer[];
      frames: number;
    }
  | {
      role: 'consume';
      ring: RingDescriptor;
      own: SharedArrayBuffer;
      peer: SharedArrayBuffer;
      frames: number;
    }
  | {
      role: 'ping';
      words: SharedArrayBuffer;
      own: SharedArrayBuffer;
      peer: SharedArrayBuffer;
      parity: number;
      rounds: number;
    };

/** What it saw; every field but the counts of work must be zero. */
export interface StressReport {
  readonly role: string;
  readonly frames: number;
  readonly outOfOrder: number;
  readonly torn: number;
  readonly lostWakeups: number;
  readonly parks: number;
}

function payloadWords(sequence: number): number {
  return 2 + ((Math.imul(sequence, 0x9e3779b9) >>> 24) & 0x3e);
}

function produce(order: Extract<StressOrder, { role: 'produce' }>): StressReport {
  const pressure = new OutputPressure();
  const bell = new Doorbell(order.own);
  const gate = new OutputGate(
    order.rings.map(
      (ring, i) =>
        new RingWriter(ring, {
          prefixBytes: PREFIX_BYTES,
          segmentBytes: 1024,
          consumerBell: new Doorbell(order.peers[i]!),
          pressure,
        }),
    ),
    pressure,
  );
  let lostWakeups = 0;
  for (let sequence = 0; sequence < order.frames;) {
    while (!gate.drain() || !gate.hasRoom(2048)) {
      bell.arm();
      if (gate.settle()) bell.disarm();
      else if (!bell.park(LOST_MS)) lostWakeups++;
    }
    // A step writes up to 4 KiB, so now and then it overdraws.
    const end = Math.min(order.frames, sequence + 20);
    for (; sequence < end; sequence++) {
      for (const writer of gate.writers) writeFrame(writer, sequence);
    }
    if (sequence % 7 === 0) gate.publish();
  }
  gate.end();
  while (!gate.drain()) {
    bell.arm();
    if (gate.settle()) bell.disarm();
    else if (!bell.park(LOST_MS)) lostWakeups++;
  }
  return {
    role: 'produce',
    frames: order.frames,
    outOfOrder: 0,
    torn: 0,
    lostWakeups,
    parks: bell.parks,
  };
}

function writeFrame(writer: RingWriter, sequence: number): void {
  if (sequence % 100 === 99) {
    writeWatermark(writer, sequence);
    return;
  }
  const words = payloadWords(sequence);
  const at = writer.claim(HEADER_BYTES + words * 4);
  const { i32, f64 } = writer.memory;
  f64[at >> 3] = sequence;
  i32[(at + 8) >> 2] = words * 4;
  i32[(at + 12) >> 2] = sequence;
  for (let i = 0; i < words; i++) i32[((at + 16) >> 2) + i] = sequence ^ i;
  writer.commit(HEADER_BYTES + words * 4);
}

function consume(order: Extract<StressOrder, { role: 'consume' }>): StressReport {
  const bell = new Doorbell(order.own);
  const reader = new RingReader(order.ring, {
    prefixBytes: PREFIX_BYTES,
    producerBell: new Doorbell(order.peer),
  });
  const gate = new InputGate([reader]);
  let sequence = 0;
  let outOfOrder = 0;
  let torn = 0;
  let lostWakeups = 0;
  while (!gate.allEnded) {
    if (gate.next() < 0) {
      bell.arm();
      if (gate.settle()) bell.disarm();
      else if (!bell.park(LOST_MS)) lostWakeups++;
      continue;
    }
    reader.forEachFrame((kind, memory, at, word0) => {
      if (kind === FrameKind.pad) return;
      if (kind === FrameKind.end) {
        gate.markEnded(0);
        return;
      }
      const { i32, f64 } = memory;
      if (kind === FrameKind.watermark) {
        if (f64[(at + HEADER_BYTES) >> 3] !== sequence) outOfOrder++;
      } else {
        const words = (word0 & 0xffff) >> 2;
        if (f64[at >> 3] !== sequence || i32[(at + 12) >> 2] !== sequence) outOfOrder++;
        if (words !== payloadWords(sequence)) torn++;
        for (let i = 0; i < words; i++) {
          if (i32[((at + 16) >> 2) + i] !== (sequence ^ i)) torn++;
        }
      }
      sequence++;
    });
    reader.release();
    if (sequence % 5000 < 20) gate.adjustWindows(performance.now());
  }
  gate.releaseAll();
  return { role: 'consume', frames: sequence, outOfOrder, torn, lostWakeups, parks: bell.parks };
}

/** Two threads take turns on one word, each sleeping until the other moved it. */
function ping(order: Extract<StressOrder, { role: 'ping' }>): StressReport {
  const words = new Int32Array(order.words);
  const own = new Doorbell(order.own);
  const peer = new Doorbell(order.peer);
  let lostWakeups = 0;
  for (let round = order.parity; round < order.rounds * 2; round += 2) {
    while (Atomics.load(words, 0) !== round) {
      own.arm();
      if (Atomics.load(words, 0) === round) own.disarm();
      else if (!own.park(LOST_MS)) lostWakeups++;
    }
    Atomics.store(words, 0, round + 1);
    peer.ring();
  }
  return {
    role: 'ping',
    frames: order.rounds,
    outOfOrder: 0,
    torn: 0,
    lostWakeups,
    parks: own.parks,
  };
}

const order = workerData as StressOrder;
switch (order.role) {
  case 'produce':
    parentPort!.postMessage(produce(order));
    break;
  case 'consume':
    parentPort!.postMessage(consume(order));
    break;
  case 'ping':
    parentPort!.postMessage(ping(order));
    break;
}
