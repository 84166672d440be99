/**
 * The deployed API apart from running a command: the front, the schedule, forged events, private APIs, custom domains, buffered responses.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SCHEDULED_HEALTH_EVENT } from '../../contract/event-names.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { createConfig, getProblemCode, sendRequest, startSmallStack, VERSION_COMMAND } from './small-stack.ts';

const ACCOUNTS = 'callers: { accounts: ["111122223333", "222233334444"] }';

const listOutcomes = (stack: LocalStack) =>
  stack.logs.search('"audit":"outcome"').map(({ message }) => JSON.parse(message.slice(message.indexOf('{'))));

describe('an API with one environment', () => {
  let stack: LocalStack;
  let team: Principal;
  beforeAll(async () => {
    stack = await startSmallStack(createConfig(ACCOUNTS));
    team = stack.createCaller('team', 'jo');
  });
  afterAll(() => stack?.close());

  const findFunction = (handler: string) =>
    [...stack.gateway.model.functions.values()].find((candidate) => candidate.handler === handler)!;

  test('an allowed caller of another account can run only what is granted to it', async () => {
    const partner = stack.createCallerInAccount('222233334444', 'partner', 'jo');
    const path = '/environments/prod/cli';
    expect((await sendRequest(stack, { path, body: VERSION_COMMAND, caller: partner })).status).toBe(200);
    const refused = await sendRequest(stack, { path, body: '{"command":"dags list"}', caller: partner });
    expect([refused.status, getProblemCode(refused)]).toEqual([403, 'not-granted']);
    const withoutPolicy = stack.createCallerInAccount('222233334444', 'partner', 'jo', []);
    expect(getProblemCode(await sendRequest(stack, { path, body: VERSION_COMMAND, caller: withoutPolicy }))).toBe(
      'caller-refused',
    );
  });

  test('the front responds without taking a slot of the relay', async () => {
    stack.mwaa.journal.splice(0);
    const before = listOutcomes(stack).length;
    const environments = await sendRequest(stack, { path: '/environments', caller: team });
    const commands = await sendRequest(stack, { path: '/environments/prod/commands', caller: team });
    const explained = await sendRequest(stack, {
      path: '/environments/prod/explain',
      body: '{"command":"dags list"}',
      caller: team,
    });

    expect(environments.body.environments).toEqual([{ name: 'prod', airflowVersion: '2.10.3' }]);
    expect(commands.body.commands.map(({ command }: { command: string }) => command)).toContain('dags list-runs');
    expect(explained.body).toMatchObject({ allowed: true, grant: '@read', commandLine: 'dags list --output=json' });
    expect(listOutcomes(stack)).toHaveLength(before);
    expect(stack.mwaa.journal).toEqual([]);
  });

  test('a request that gets no slot in time is busy, within its patience, and says which preference was applied', async () => {
    const { name } = findFunction('relay.handler');
    stack.gateway.controls.setThrottled(true, name);
    const startedAt = performance.now();
    const busy = await sendRequest(stack, {
      path: '/environments/prod/cli',
      body: VERSION_COMMAND,
      caller: team,
      headers: { prefer: 'wait=2' },
    });
    stack.gateway.controls.setThrottled(false, name);

    expect([busy.status, getProblemCode(busy), busy.body.retrySafe]).toEqual([503, 'busy', true]);
    expect(busy.headers).toMatchObject({ 'preference-applied': 'wait=2', 'retry-after': '5' });
    expect(busy.body.queuedMs).toBeLessThanOrEqual(2000);
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  test('the scheduled health check succeeds, and logs the result and its metrics', async () => {
    const [schedule] = stack.gateway.model.schedules;
    expect(schedule).toMatchObject({
      expression: 'rate(1 hour)',
      enabled: true,
      input: JSON.stringify(SCHEDULED_HEALTH_EVENT),
    });
    expect(await stack.gateway.triggerSchedule(schedule!)).toEqual({ kind: 'success' });

    expect(listOutcomes(stack).at(-1)).toMatchObject({
      caller: 'schedule',
      command: ['@health'],
      healthy: true,
      outcome: 'succeeded',
      Healthy: 1,
      WrongRelease: 0,
    });
  });

  test('a schedule of another rule may not invoke the relay', async () => {
    const [schedule] = stack.gateway.model.schedules;
    await expect(stack.gateway.triggerSchedule({ ...schedule!, arn: `${schedule!.arn}2` })).rejects.toThrow(
      'does not allow',
    );
  });

  test('the health check logs the metric of the alarm if another release is running', async () => {
    await stack.setFault('wrong-release');
    await stack.gateway.triggerSchedule(stack.gateway.model.schedules[0]!);
    await stack.setFault();
    expect(listOutcomes(stack).at(-1)).toMatchObject({
      healthy: false,
      failedStep: 'release',
      WrongRelease: 1,
      Healthy: 0,
    });
  });

  test.each(['relay.handler', 'front.handler'])(
    'an administrator of the account may not invoke %s: its policy denies everyone else',
    async (handler) => {
      stack.mwaa.journal.splice(0);
      const event = {
        resource: '/environments/{environment}/cli',
        path: '/environments/prod/cli',
        pathParameters: { environment: 'prod' },
        httpMethod: 'POST',
        body: VERSION_COMMAND,
        multiValueHeaders: {},
        requestContext: {
          apiId: stack.gateway.model.api.id,
          stage: 'v1',
          httpMethod: 'POST',
          requestId: 'r',
          identity: { userArn: team.arn },
        },
      };
      const { name } = findFunction(handler);
      await expect(stack.gateway.invokeFunction(name, event)).rejects.toThrow('explicit deny');
      await expect(stack.gateway.invokeFunction(`${name}:$LATEST`, event)).rejects.toThrow('explicit deny');
      expect(stack.mwaa.journal).toEqual([]);
    },
  );
});

test('a private API can be called through its own VPC endpoint only', async () => {
  const stack = await startSmallStack(
    createConfig(`endpoint: private, vpcEndpoint: { ids: [vpce-0aaa1111] }, ${ACCOUNTS}`),
  );
  try {
    const team = stack.createCaller('team', 'jo');
    const sendThrough = (endpoint?: string) =>
      sendRequest(stack, {
        path: '/environments/prod/cli',
        body: VERSION_COMMAND,
        caller: team,
        ...(endpoint === undefined ? {} : { unsigned: { 'x-local-vpc-endpoint': endpoint } }),
      });

    expect((await sendThrough()).status).toBe(200);
    expect((await sendThrough('vpce-0aaa1111')).status).toBe(200);
    expect(getProblemCode(await sendThrough('vpce-0bbb2222'))).toBe('caller-refused');
  } finally {
    await stack.close();
  }
});

test('an API with a custom domain can be called at that domain only', async () => {
  const certificate = 'arn:aws:acm:ap-southeast-2:111122223333:certificate/0a';
  const stack = await startSmallStack(
    createConfig(`domain: { name: airflow.example.com, basePath: cli, certificate: "${certificate}" }, ${ACCOUNTS}`),
  );
  try {
    const team = stack.createCaller('team', 'jo');
    const sendTo = (host?: string, path = '/environments/prod/cli') =>
      sendRequest(stack, { path, body: VERSION_COMMAND, caller: team, ...(host === undefined ? {} : { host }) });

    expect(stack.gateway.host).toBe('airflow.example.com');
    expect(new URL(stack.url).pathname).toBe('/cli');
    expect((await sendTo('airflow.example.com')).status).toBe(200);
    expect(await sendTo()).toMatchObject({ status: 403, body: { message: 'Forbidden' } });
    expect(await sendTo('airflow.example.org')).toMatchObject({ status: 403, body: { message: 'Forbidden' } });
    expect((await sendTo('airflow.example.com', '/nowhere')).status).toBe(403);
  } finally {
    await stack.close();
  }
});

test('an API with buffered responses returns the same result', async () => {
  const stack = await startSmallStack(createConfig(`responses: buffered, ${ACCOUNTS}`));
  try {
    const team = stack.createCaller('team', 'jo');
    const { status, body, headers } = await sendRequest(stack, {
      path: '/environments/prod/cli',
      body: VERSION_COMMAND,
      caller: team,
    });

    expect([status, headers['content-type']]).toEqual([200, 'application/json']);
    expect(body).toMatchObject({ outcome: 'succeeded', airflowVersion: '2.10.3' });
    expect(getProblemCode(await sendRequest(stack, { path: '/environments/prod/cli', body: '{}', caller: team }))).toBe(
      'malformed-request',
    );
  } finally {
    await stack.close();
  }
});
