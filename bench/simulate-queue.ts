import { type BackoffState, getNextTry, TRIES_PER_SECOND_PER_SLOT } from '../lambda/front/queue/slot-backoff.ts';

/** How Lambda limits the rate of a function. It is not known whether rejected tries count. */
export type RateModel =
  /** A bucket of 10 × N tokens that refills at 10 × N a second. A try that exceeds the rate takes none. */
  | 'bucket'
  /** Every try of the last second counts, also those that exceeded the rate. */
  | 'window';

export interface Scenario {
  readonly slots: number;
  readonly callers: number;
  /** Callers a second. 0: all at once. */
  readonly arrivals: number;
  readonly serviceMs: number;
  /** Whether service times are fixed or random (exponential). */
  readonly service: 'fixed' | 'random';
  readonly rate: RateModel;
  readonly patienceMs: number;
}

export interface SimulationResult {
  readonly served: number;
  readonly gaveUp: number;
  /** Share of tries that exceeded the rate. */
  readonly rateRejected: number;
  /** The times of all tries. */
  readonly tryTimes: readonly number[];
  /** Share of the slots' time in use, while at least one caller waited. */
  readonly busy: number;
  readonly waits: readonly number[];
  /** When the last caller was served. */
  readonly lastStart: number;
  /** When the last caller would have been served by a first-in-first-out queue. */
  readonly idealLastStart: number;
  readonly idealWaits: readonly number[];
}

/** Random numbers from a seed (mulberry32), so that each run is the same. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The highest rate of tries, in tries a second, in any window of a length, from a time on. */
export function findPeakRate(tryTimes: readonly number[], fromMs: number, windowMs: number): number {
  const times = tryTimes.filter((time) => time >= fromMs);
  let first = 0;
  let most = 0;
  for (const [index, time] of times.entries()) {
    while (times[first]! <= time - windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return (most * 1000) / windowMs;
}

interface SimulatedEvent {
  readonly at: number;
  run(): void;
}

/** A queue of events by time: a binary heap. */
class Timeline {
  now = 0;
  readonly #heap: SimulatedEvent[] = [];

  schedule(at: number, run: () => void): void {
    const heap = this.#heap;
    let index = heap.push({ at, run }) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (heap[parent]!.at <= heap[index]!.at) break;
      [heap[parent], heap[index]] = [heap[index]!, heap[parent]!];
      index = parent;
    }
  }

  run(): void {
    const heap = this.#heap;
    while (heap.length > 0) {
      const next = heap[0]!;
      const last = heap.pop()!;
      if (heap.length > 0) {
        heap[0] = last;
        let index = 0;
        for (;;) {
          const left = 2 * index + 1;
          if (left >= heap.length) break;
          const child = left + 1 < heap.length && heap[left + 1]!.at < heap[left]!.at ? left + 1 : left;
          if (heap[index]!.at <= heap[child]!.at) break;
          [heap[index], heap[child]] = [heap[child]!, heap[index]!];
          index = child;
        }
      }
      this.now = next.at;
      next.run();
    }
  }
}

function createRateLimit(model: RateModel, perSecond: number): (now: number) => boolean {
  if (model === 'window') {
    const recent: number[] = [];
    return (now) => {
      while (recent.length > 0 && recent[0]! <= now - 1000) recent.shift();
      recent.push(now);
      return recent.length <= perSecond;
    };
  }
  let tokens = perSecond;
  let updated = 0;
  return (now) => {
    tokens = Math.min(perSecond, tokens + ((now - updated) * perSecond) / 1000);
    updated = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}

/** Runs callers that wait for slots, in virtual time. */
export function simulateQueue(scenario: Scenario, seed = 1): SimulationResult {
  const { slots, callers, arrivals, serviceMs, service, patienceMs } = scenario;
  const random = createRandom(seed);
  const timeline = new Timeline();
  const isAdmitted = createRateLimit(scenario.rate, TRIES_PER_SECOND_PER_SLOT * slots);
  const serviceTimes = Array.from({ length: callers }, () =>
    service === 'fixed' ? serviceMs : -Math.log(1 - random()) * serviceMs,
  );
  const arrivalTimes = Array.from({ length: callers }, (_, index) =>
    arrivals === 0 ? random() * 50 : (index * 1000) / arrivals,
  ).sort((a, b) => a - b);

  let used = 0;
  let waiting = 0;
  let rateRejected = 0;
  let gaveUp = 0;
  let lastStart = 0;
  let waitingTime = 0;
  let busyTime = 0;
  let lastChange = 0;
  const tryTimes: number[] = [];
  const waits: number[] = [];

  const account = () => {
    const elapsed = timeline.now - lastChange;
    lastChange = timeline.now;
    if (waiting === 0) return;
    waitingTime += elapsed * slots;
    busyTime += elapsed * used;
  };
  const tryOnce = (caller: number, state: BackoffState | undefined) => {
    account();
    const { now } = timeline;
    tryTimes.push(now);
    const arrived = arrivalTimes[caller]!;
    const admitted = isAdmitted(now);
    if (admitted && used < slots) {
      used += 1;
      waiting -= 1;
      waits.push(now - arrived);
      lastStart = now;
      timeline.schedule(now + serviceTimes[caller]!, () => {
        account();
        used -= 1;
      });
      return;
    }
    if (!admitted) rateRejected += 1;
    const next = getNextTry(state, admitted ? 'slot' : 'rate', {
      slots,
      remainingMs: arrived + patienceMs - now,
      random: random(),
    });
    if (next === undefined) {
      waiting -= 1;
      gaveUp += 1;
      return;
    }
    timeline.schedule(now + next.delayMs, () => tryOnce(caller, next.state));
  };
  for (const [caller, at] of arrivalTimes.entries()) {
    timeline.schedule(at, () => {
      account();
      waiting += 1;
      tryOnce(caller, undefined);
    });
  }
  timeline.run();

  const free = Array.from({ length: slots }, () => 0);
  const idealWaits = arrivalTimes.map((arrived, caller) => {
    free.sort((a, b) => a - b);
    const start = Math.max(arrived, free[0]!);
    free[0] = start + serviceTimes[caller]!;
    return start - arrived;
  });
  return {
    served: waits.length,
    gaveUp,
    rateRejected: rateRejected / tryTimes.length,
    tryTimes,
    busy: waitingTime === 0 ? 1 : busyTime / waitingTime,
    waits,
    lastStart,
    idealLastStart: Math.max(...idealWaits.map((wait, caller) => wait + arrivalTimes[caller]!)),
    idealWaits,
  };
}
