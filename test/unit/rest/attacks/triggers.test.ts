import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRunSeries } from '../../../../lambda/command/call-run-id.ts';
import { callerFromArn } from '../../../../policy/caller.ts';
import { JSON_TYPE } from '../../mwaa/rest/rest-server.ts';
import { type RespondToRequest, respondWith } from '../../mwaa/scripted-web-server.ts';
import { type Door, openDoor } from './rest-door.ts';

interface Run {
  readonly dag_run_id: string;
  readonly logical_date?: string | null;
  readonly conf?: object;
  readonly note?: string;
}

/** Airflow's rules for runs: one for each id, and one for each logical date. */
class ScriptedAirflow {
  readonly runs: Run[] = [];
  /** What happens to the answers of the next triggers, in their order. */
  readonly answers: ('lost' | '500')[] = [];
  delayMs = 0;
  readonly isAirflow2: boolean;
  readonly now: () => number;

  constructor(isAirflow2: boolean, now: () => number) {
    this.isAirflow2 = isAirflow2;
    this.now = now;
  }

  readonly respond: RespondToRequest = async (socket, request) => {
    await sleep(request.method === 'POST' ? this.delayMs : 0);
    const [path = '', query = ''] = request.path.split('?');
    const reply = (status: number, body: object) =>
      respondWith(status, JSON.stringify(body), JSON_TYPE)(socket, request);
    if (request.method === 'POST') {
      const run = this.#create(JSON.parse(request.body));
      const loss = this.answers.shift();
      if (loss === 'lost') socket.destroy();
      else if (loss === '500') respondWith(500, '<html>', { 'content-type': 'text/html' })(socket, request);
      else if (run === undefined) reply(409, { detail: 'exists' });
      else reply(200, run);
    } else if (path.endsWith('/dagRuns')) {
      const [date = ''] = [...new URLSearchParams(query).entries()].flatMap(([name, value]) =>
        name.endsWith('_date_gte') ? [value] : [],
      );
      reply(200, {
        dag_runs: this.runs.filter(({ logical_date: own }) => own && Date.parse(own) === Date.parse(date)),
      });
    } else {
      const run = this.runs.find(({ dag_run_id: id }) => id === decodeURIComponent(path.split('/').at(-1)!));
      reply(run ? 200 : 404, run ?? { detail: 'not found' });
    }
  };

  #create({
    execution_date,
    logical_date = execution_date,
    dag_run_id,
    ...body
  }: Record<string, never>): Run | undefined {
    const date = logical_date ? new Date(logical_date).toISOString() : null;
    const id = dag_run_id || `manual__${date ?? this.runs.length}`;
    const exists = this.runs.some((run) => run.dag_run_id === id || (date !== null && run.logical_date === date));
    if (exists) return undefined;
    const now = new Date(this.now()).toISOString();
    const run = {
      conf: {},
      ...body,
      dag_run_id: id,
      logical_date: date ?? (this.isAirflow2 ? now : null),
      ...(this.isAirflow2 ? { execution_date: date ?? now } : { run_after: now }),
    };
    this.runs.push(run);
    return run;
  }
}

const SESSIONS = {
  same: 'arn:aws:sts::111122223333:assumed-role/team/jo',
  sibling: 'arn:aws:sts::111122223333:assumed-role/team/other',
};

const START = Date.now() - 60_000;
/** One whose day does not begin soon: a trigger would wait. */
const DAG = ['a', 'b'].find((dagId) => {
  const identity = {
    principal: callerFromArn(SESSIONS.same)!.principal,
    environment: 'prod',
    dagId,
    trigger: { content: '' },
  };
  const { getDay, getStart } = createRunSeries(identity);
  return Math.abs(START - getStart(getDay(START + 7_200_000))) > 7_200_000;
})!;

interface Step {
  /** Seconds. */
  readonly at?: number;
  readonly body?: object;
  readonly key?: string;
  readonly as?: keyof typeof SESSIONS;
}

describe.each([
  ['2.10.3', true],
  ['2.10.3', false],
  ['3.3.1', true],
  ['3.3.1', false],
] as const)('triggers of Airflow %s, with notes: %s', (airflow, notes) => {
  const isAirflow2 = airflow.startsWith('2.');
  const target = `/api/${isAirflow2 ? 'v1' : 'v2'}/dags/${DAG}/dagRuns`;
  const undated = isAirflow2 ? {} : { logical_date: null };
  const D = { logical_date: '2026-11-01T00:00:00Z' };
  let door: Door;
  let server: ScriptedAirflow;

  beforeEach(async () => {
    server = new ScriptedAirflow(isAirflow2, () => door.now);
    door = await openDoor({ airflow, notes, may: ['api POST /dags/*/dagRuns --*'] });
    door.respond = server.respond;
  });
  afterEach(() => door.close());

  const send = ({ at = 0, body = undated, key, as = 'same' }: Step) => {
    door.now = START + at * 1000;
    const headers: Record<string, string> = key === undefined ? {} : { 'Idempotency-Key': key };
    return door.send({ method: 'POST', target, body: JSON.stringify(body), headers }, SESSIONS[as]);
  };
  const describeAnswer = ({ status, code, headers }: Awaited<ReturnType<typeof send>>) =>
    code ?? (headers['idempotency-replayed'] === 'true' ? 'replayed' : String(status));

  test.each<[name: string, runs: number, second: string, first: Step, second: Step]>([
    ['at once', 1, 'replayed', {}, {}],
    ['after 5 seconds', 1, 'replayed', {}, { at: 5 }],
    ['in the next half minute of the clock', 1, 'replayed', { at: 29 }, { at: 31 }],
    ['30 seconds later', 1, 'replayed', { at: 1 }, { at: 31 }],
    ['more than 30 seconds later', 2, '200', { at: 1 }, { at: 31.5 }],
    ['by another session of the role', 1, 'replayed', {}, { as: 'sibling' }],
    ['with another conf', 2, '200', {}, { body: { ...undated, conf: { a: 1 } } }],
    [
      'with the same conf in another order',
      1,
      'replayed',
      { body: { ...undated, conf: { a: 1, b: 1.0 } } },
      { body: { ...undated, conf: { b: 1, a: 1 } } },
    ],
    ['with another note', 1, 'replayed', { body: { ...undated, note: 'x' } }, { body: { ...undated, note: 'y' } }],
    [
      'with an empty run id',
      1,
      'replayed',
      { body: { ...undated, dag_run_id: '' } },
      { body: { ...undated, dag_run_id: '' } },
    ],
    ['with null in place of a run id', 1, 'replayed', { body: { ...undated, dag_run_id: null } }, { body: undated }],
    [
      'with an own run id',
      1,
      '409',
      { body: { ...undated, dag_run_id: 'r' } },
      { body: { ...undated, dag_run_id: 'r' } },
    ],
    [
      'with two run ids',
      2,
      '200',
      { body: { ...undated, dag_run_id: 'r' } },
      { body: { ...undated, dag_run_id: 's' } },
    ],
    ['with a key, a day later', 1, 'replayed', { key: 'k' }, { key: 'k', at: 86_400 }],
    [
      'with a key and a conf',
      1,
      'replayed',
      { key: 'k', body: { ...undated, conf: { a: { b: [1, 'x'] } } } },
      { key: 'k', body: { ...undated, conf: { a: { b: [1.0, 'x'] } } } },
    ],
    [
      'with a key and another conf',
      1,
      'key-reused',
      { key: 'k', body: { ...undated, conf: { a: 1 } } },
      { key: 'k', body: { ...undated, conf: { a: 2 } } },
    ],
    ['with a key and a conf more', 1, 'key-reused', { key: 'k' }, { key: 'k', body: { ...undated, conf: { a: 1 } } }],
    ['with a key and a conf less', 1, 'key-reused', { key: 'k', body: { ...undated, conf: { a: 1 } } }, { key: 'k' }],
    [
      'with a key and another type in the conf',
      1,
      'key-reused',
      { key: 'k', body: { ...undated, conf: { a: 1 } } },
      { key: 'k', body: { ...undated, conf: { a: '1' } } },
    ],
    [
      'with a key and another date',
      1,
      'key-reused',
      { key: 'k', body: D },
      { key: 'k', body: { logical_date: '2026-11-02T00:00:00Z' } },
    ],
    [
      'with a key and the date in another form',
      1,
      'replayed',
      { key: 'k', body: D },
      { key: 'k', body: { logical_date: '2026-11-01T02:00:00.000+02:00' } },
    ],
    ['with a key and a date more', 1, 'key-reused', { key: 'k' }, { key: 'k', body: D }],
    ['with another key', 2, '200', { key: 'k' }, { key: 'l' }],
    ['with a key and with none', 2, '200', { key: 'k' }, {}],
    ['with a date', 1, 'replayed', { body: D }, { body: D, at: 3600 }],
    ['with a date and a conf', 1, 'replayed', { body: { ...D, conf: { a: 1 } } }, { body: { ...D, conf: { a: 1 } } }],
    ['with a date and another conf', 1, '409', { body: { ...D, conf: { a: 1 } } }, { body: { ...D, conf: { a: 2 } } }],
    ['with a date and a conf more', 1, '409', { body: D }, { body: { ...D, conf: { a: 2 } } }],
    [
      'with the date as +00:00',
      1,
      notes ? 'replayed' : '409',
      { body: D },
      { body: { logical_date: '2026-11-01T00:00:00+00:00' } },
    ],
    [
      'with the date with a fraction',
      1,
      notes ? 'replayed' : '409',
      { body: D },
      { body: { logical_date: '2026-11-01T00:00:00.000000Z' } },
    ],
    [
      'with the date in another zone',
      1,
      notes ? 'replayed' : '409',
      { body: D },
      { body: { logical_date: '2026-11-01T05:30:00+05:30' } },
    ],
  ])('the same trigger %s: %i runs, and then %s', async (_name, runs, expected, first, second) => {
    expect(describeAnswer(await send(first))).toBe('200');
    expect(describeAnswer(await send(second))).toBe(expected);
    expect(server.runs).toHaveLength(runs);
  });

  test('ten at once are one run', async () => {
    server.delayMs = 20;
    const answers = await Promise.all(Array.from({ length: 10 }, () => send({})));
    expect(answers.map(describeAnswer).sort()).toEqual(['200', ...Array(9).fill('replayed')]);
    expect(server.runs).toHaveLength(1);
  });

  test.each([
    ['a key', { key: 'k' }],
    ['a date', { body: D }],
    ['nothing', {}],
  ])('two at once on both sides of the boundary, with %s, are one run', async (_name, step: Step) => {
    server.delayMs = 20;
    const answers = await Promise.all([send({ ...step, at: 28.999 }), send({ ...step, at: 29 })]);
    expect(answers.map(describeAnswer).sort()).toEqual(['200', 'replayed']);
    expect(server.runs).toHaveLength(1);
  });

  test.each(['lost', '500'] as const)('an answer that is %s: the run is found', async (loss) => {
    server.answers.push(loss);
    const answer = await send({ body: { ...undated, conf: { a: 1 } } });
    expect([describeAnswer(answer), JSON.parse(answer.text).conf]).toEqual(['200', { a: 1 }]);
    expect(server.runs).toHaveLength(1);
  });

  test.each(['lost', '500'] as const)('an answer that is %s, with a date: the run is found', async (loss) => {
    server.answers.push(loss);
    expect(describeAnswer(await send({ body: { ...D, conf: { a: 1 } } }))).toBe('200');
    expect(server.runs).toHaveLength(1);
  });

  test('an answer that is lost, with an own run id: unknown, and a repeat is rejected', async () => {
    server.answers.push('lost');
    const body = { ...undated, dag_run_id: 'r' };
    expect(describeAnswer(await send({ body }))).toBe('outcome-unknown');
    expect(describeAnswer(await send({ body }))).toBe('409');
    expect(server.runs).toHaveLength(1);
  });

  test('a trigger that waited for a slot and was overtaken by its repeat is the same run', async () => {
    let held = '';
    const late = await openDoor({
      airflow,
      notes,
      may: ['api POST /dags/*/dagRuns --*'],
      changePayload: (payload) => {
        held = payload;
        throw new Error('The client has given up');
      },
    });
    late.now = START + 28_900;
    await late.send({ method: 'POST', target, body: JSON.stringify(undated) });
    late.close();
    expect(describeAnswer(await send({ at: 33.9 }))).toBe('200');
    expect(await door.invokeRelay(JSON.parse(held))).toMatchObject({ status: 200, result: 'replayed' });
    expect(server.runs).toHaveLength(1);
  });
});
