/** Plays SQS, a relay, and Airflow's table of runs, with a crash at any step, and delivers each event one to three times. */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { RelayCommand, RelayRequest } from '../../../../contract/relay-request.ts';
import { answer, CONTEXT, createMessage, createTestEvents, S3_EVENT } from './events-fixture.ts';

vi.spyOn(console, 'log').mockImplementation(() => {});

/** What happens to one delivery. */
const STEPS = [
  'well',
  'busy',
  'the relay ends before it sends',
  'the answer is lost after the command was sent',
  'the function ends after the command was sent',
  'Airflow refuses the command',
  'the dead-letter queue does not answer',
  'the function ends after the dead-letter queue has the message',
  'the message cannot be hidden',
] as const;
type Step = (typeof STEPS)[number];

/** An event is poisoned if its command can never succeed. */
const createEvent = (index: number, isPoisoned: boolean) => ({
  ...S3_EVENT,
  id: `id-${index}`,
  detail: isPoisoned
    ? { object: { key: `poisoned-${index}` } }
    : { bucket: { name: 'landing' }, object: { key: `in/${index}.csv`, sequencer: `0${index}` } },
});

interface Play {
  /** For each event: whether it is poisoned, and how often EventBridge delivers it. */
  readonly events: readonly { readonly isPoisoned: boolean; readonly times: number }[];
  /** For each delivery of SQS, until there are no more: then all goes well. */
  readonly steps: readonly Step[];
  /** Which message SQS delivers next. */
  readonly picks: readonly number[];
}

async function play({ events, steps, picks }: Play) {
  const runs: string[] = [];
  const deadLetters: { body: string; problem: string | undefined }[] = [];
  const queue = events.flatMap(({ isPoisoned, times }, index) =>
    Array.from({ length: times }, (_, time) => ({
      messageId: `m-${index}-${time}`,
      body: createEvent(index, isPoisoned),
      receiveCount: 0,
    })),
  );
  let step: Step = 'well';
  let crash = () => {};
  const endFunction = () => {
    crash();
    return new Promise<never>(() => {});
  };
  /** Airflow's database accepts each run id once. */
  const createRun = ({ action }: RelayRequest<RelayCommand>) => {
    const runId = action.idempotencyKey ?? 'no key';
    if (!runs.includes(runId)) runs.push(runId);
    return answer(200, 'succeeded');
  };
  const { handler } = createTestEvents({
    async relay(request) {
      if (step === 'busy') return answer(503, 'airflow-busy');
      if (step === 'the relay ends before it sends') return answer(424, 'outcome-unknown');
      if (step === 'Airflow refuses the command') return answer(422, 'command-failed', { detail: 'no' });
      const created = createRun(request);
      if (step === 'the answer is lost after the command was sent') return answer(424, 'outcome-unknown');
      if (step === 'the function ends after the command was sent') return endFunction();
      return created;
    },
    queues: {
      async hide() {
        if (step === 'the message cannot be hidden') throw new Error('down');
      },
      async send(_queue, body, { problem }) {
        if (step === 'the dead-letter queue does not answer') throw new Error('down');
        deadLetters.push({ body, problem });
        if (step === 'the function ends after the dead-letter queue has the message') return endFunction();
      },
    },
  });
  for (let delivery = 0; queue.length > 0; delivery += 1) {
    step = steps[delivery] ?? 'well';
    const message = queue[(picks[delivery] ?? 0) % queue.length]!;
    message.receiveCount += 1;
    const ended = new Promise<undefined>((resolve) => {
      crash = () => resolve(undefined);
    });
    const response = await Promise.race([handler({ Records: [createMessage(message)] }, CONTEXT), ended]);
    if (response?.batchItemFailures.length === 0) queue.splice(queue.indexOf(message), 1);
    if (delivery > 500) throw new Error('SQS delivers for ever');
  }
  return { runs, deadLetters };
}

test('every event is one run or in the dead-letter queue with its reason, whatever ends in between', async () => {
  const refused = 'Airflow refuses the command';
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        events: fc.array(fc.record({ isPoisoned: fc.boolean(), times: fc.integer({ min: 1, max: 3 }) }), {
          minLength: 1,
          maxLength: 4,
        }),
        steps: fc.array(fc.constantFrom(...STEPS), { maxLength: 12 }),
        picks: fc.array(fc.nat(20), { maxLength: 40 }),
      }),
      async (input) => {
        const { runs, deadLetters } = await play(input);
        const healthy = input.events.filter(({ isPoisoned }) => !isPoisoned).length;
        expect(new Set(runs).size).toBe(runs.length);
        expect(deadLetters.every(({ problem }) => problem !== undefined)).toBe(true);
        const dead = (index: number) => deadLetters.some(({ body }) => body.includes(`"id":"id-${index}"`));
        for (const [index, { isPoisoned }] of input.events.entries()) if (isPoisoned) expect(dead(index)).toBe(true);
        // A run for each event, unless Airflow has refused all of its deliveries.
        if (!input.steps.includes(refused)) expect(runs).toHaveLength(healthy);
        expect(runs.length).toBeLessThanOrEqual(healthy);
        const deadHealthy = input.events.filter(({ isPoisoned }, index) => !isPoisoned && dead(index)).length;
        expect(runs.length + deadHealthy).toBeGreaterThanOrEqual(healthy);
      },
    ),
    { numRuns: 150 },
  );
});
