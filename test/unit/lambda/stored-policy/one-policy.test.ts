/** Front and relay, each with its own cache, while the policy changes. */
import type { APIGatewayProxyEvent } from 'aws-lambda';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { SCHEDULED_HEALTH_EVENT } from '../../../../contract/event-names.ts';
import type { RelayRequest } from '../../../../contract/relay-request.ts';
import { POLICY_CACHE_SECONDS } from '../../../../contract/stored-policy.ts';
import { createFrontEnvironments } from '../../../../lambda/front/front-environments.ts';
import type { LoggedContext as FrontContext } from '../../../../lambda/front/log-requests.ts';
import { toProblem } from '../../../../lambda/middleware/to-problem.ts';
import type { LoggedContext as RelayContext } from '../../../../lambda/relay/log-requests.ts';
import type { RelayRecord } from '../../../../lambda/relay/relay-log.ts';
import { toProblemResponse } from '../../../../lambda/relay/relay-response.ts';
import { createPolicyFrontHandler } from '../../../../lambda/stored-policy/create-policy-front-handler.ts';
import { createPolicyRelayHandler } from '../../../../lambda/stored-policy/create-policy-relay-handler.ts';
import { createPolicySource } from '../../../../lambda/stored-policy/policy-source.ts';
import type { Grant } from '../../../../policy/grant.ts';
import { AIRFLOW_2 } from '../../../catalogs.ts';
import { encodeStreams } from '../../mwaa/cli-responses.ts';
import { createRelayEnvironment, createTeamGrants, createTestRelay, TEAM_SESSION } from '../relay-fixture.ts';
import { createMemoryStore } from './memory-store.ts';

vi.spyOn(console, 'log').mockImplementation(() => {});

const CACHE_MS = POLICY_CACHE_SECONDS * 1000;

function createDeployment() {
  const store = createMemoryStore();
  const clock = { now: Date.now() };
  const now = () => clock.now;
  const create = (reader: 'front' | 'relay') =>
    createPolicySource({ fetchObject: store.fetchObject, environment: 'prod', release: '2.10.3', reader, now });
  const { grants: _, policy: __, ...environment } = createRelayEnvironment([]);
  /** What happens when Airflow receives a command, and whether MWAA is too busy to run it. */
  const hooks = { beforeRelay: async () => {}, isBusy: () => false };
  const { upstream, sent } = createTestRelay(createRelayEnvironment([]), () =>
    hooks.isBusy()
      ? { status: 503, headers: {}, body: '' }
      : { status: 200, headers: {}, body: encodeStreams('2.10.3\n') },
  );
  const patient = { ...upstream, busyRetryMs: 20_000, wait: async () => {} };
  const relay = createPolicyRelayHandler(create('relay'), environment, patient);
  const relayRecords: RelayRecord[] = [];
  const invokeRelay = async (request: RelayRequest | typeof SCHEDULED_HEALTH_EVENT) => {
    const record: RelayRecord = { requestId: 'r', extendedRequestId: 'x', lambdaRequestId: 'l', environment: 'prod' };
    relayRecords.push(record);
    try {
      return await relay(request, { record } as RelayContext);
    } catch (error) {
      record.problem = toProblem(error).code;
      return toProblemResponse(toProblem(error), 'r');
    }
  };
  const front = createPolicyFrontHandler({
    source: create('front'),
    createEnvironments: ({ grants }) =>
      createFrontEnvironments(
        {
          grants,
          environments: {
            prod: {
              airflow: '2.10.3',
              grants: [...grants.keys()],
              relay: 'relay',
              slots: 2,
              queueSeconds: 60,
              maxQueueSeconds: 66,
            },
          },
        },
        { readCatalog: () => AIRFLOW_2, readOperations: () => ({}) as never },
      ),
    acceptsTokens: false,
    respondSeconds: 286,
    now,
    invokeRelay: async (_relay, createPayload) => {
      await hooks.beforeRelay();
      return Buffer.from(JSON.stringify(await invokeRelay(JSON.parse(createPayload(0)))));
    },
  });
  const send = async (command = 'version') => {
    const event = {
      httpMethod: 'POST',
      resource: '/environments/{environment}/cli',
      path: '/environments/prod/cli',
      pathParameters: { environment: 'prod' },
      multiValueHeaders: { 'content-type': ['application/json'] },
      body: JSON.stringify({ command }),
      requestContext: { httpMethod: 'POST', identity: { userArn: TEAM_SESSION } },
    } as unknown as APIGatewayProxyEvent;
    const record = { requestId: 'r', extendedRequestId: 'x', lambdaRequestId: 'l' };
    const context = { record } as FrontContext;
    const code = await front(event, context).then(
      ({ statusCode }) => (statusCode === 200 ? 'succeeded' : (context.record.result ?? String(statusCode))),
      (error: unknown) => toProblem(error).code,
    );
    return { code, record: context.record };
  };
  return { store, clock, hooks, send, sent, relayRecords, invokeRelay };
}

const GRANTED = createTeamGrants(['version']);
const WITHDRAWN: Grant[] = createTeamGrants(['dags list']);

test('a front that is behind decides again by the policy of the relay, and nobody notices', async () => {
  const { store, hooks, send, sent, relayRecords, clock } = createDeployment();
  store.push(1, GRANTED);
  expect((await send()).code).toBe('succeeded');
  store.push(
    2,
    GRANTED.map((grant) => ({ ...grant, line: 9 })),
  );
  // The relay alone reads again: its cache is old, and the one of the front is not.
  hooks.beforeRelay = async () => {
    clock.now += CACHE_MS;
    hooks.beforeRelay = async () => {};
  };
  const { code, record } = await send();
  expect(code).toBe('succeeded');
  expect(record).toMatchObject({ policyVersion: 2, decision: 'allowed', grantLine: 9 });
  expect(relayRecords.map(({ policyVersion, problem }) => [policyVersion, problem])).toEqual([
    [1, undefined],
    [2, 'policy-changed'],
    [2, undefined],
  ]);
  expect(sent).toHaveLength(2);
});

test('a grant that is withdrawn while a request waits is not used, and its log line has only the last decision', async () => {
  const { store, hooks, send, sent, clock } = createDeployment();
  store.push(1, GRANTED);
  await send('version');
  hooks.beforeRelay = async () => {
    store.push(2, WITHDRAWN);
    clock.now += CACHE_MS;
  };
  const { code, record } = await send();
  expect(code).toBe('not-granted');
  expect(record).toMatchObject({ policyVersion: 2, decision: 'refused' });
  expect(record).not.toHaveProperty('grant');
  expect(sent).toHaveLength(1);
});

test('a grant that is withdrawn while MWAA is busy is not used', async () => {
  const { store, hooks, send, sent, clock } = createDeployment();
  store.push(1, GRANTED);
  hooks.isBusy = () => {
    store.push(2, WITHDRAWN);
    clock.now += CACHE_MS;
    return true;
  };
  expect((await send()).code).toBe('not-granted');
  expect(sent).toHaveLength(1);
});

test('a relay that is behind reads again', async () => {
  const { store, hooks, send, relayRecords, clock } = createDeployment();
  store.push(1, WITHDRAWN);
  await send('dags list');
  store.push(2, GRANTED);
  clock.now += CACHE_MS;
  hooks.beforeRelay = async () => {
    clock.now -= 1;
  };
  expect((await send()).code).toBe('succeeded');
  expect(relayRecords.at(-1)).toMatchObject({ policyVersion: 2 });
});

test('a policy that changes again and again ends in policy-changed, and nothing is sent', async () => {
  const { store, hooks, send, sent, clock } = createDeployment();
  let version = 1;
  store.push(version, GRANTED);
  hooks.beforeRelay = async () => {
    version += 1;
    store.push(
      version,
      GRANTED.map((grant) => ({ ...grant, line: version })),
    );
    clock.now += CACHE_MS;
  };
  expect((await send()).code).toBe('policy-changed');
  expect(sent).toEqual([]);
});

test('without a policy the log line shows who asked for what, and the schedule is unhealthy', async () => {
  const { send, invokeRelay, relayRecords, sent } = createDeployment();
  const { code, record } = await send();
  expect(code).toBe('policy-unavailable');
  expect(record).toMatchObject({ route: 'cli', caller: TEAM_SESSION });
  expect(await invokeRelay(SCHEDULED_HEALTH_EVENT)).toMatchObject({ status: 503, result: 'unhealthy' });
  expect(relayRecords.at(-1)).toMatchObject({ healthy: false, failedStep: 'policy', caller: 'schedule' });
  expect(sent).toEqual([]);
});

test('whatever happens when: what is sent was granted by one policy, which was stored at most five seconds before', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('push' as const), granted: fc.boolean() }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 2 * CACHE_MS }) }),
    fc.record({
      kind: fc.constant('send' as const),
      during: fc.option(fc.record({ granted: fc.boolean(), ms: fc.integer({ min: 0, max: 2 * CACHE_MS }) })),
    }),
    fc.record({ kind: fc.constant('fail' as const), fails: fc.boolean() }),
  );
  const codes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const { store, clock, hooks, send, sent, relayRecords } = createDeployment();
      const pushes: { version: number; granted: boolean; at: number }[] = [];
      const push = (granted: boolean) => {
        const version = pushes.length + 1;
        store.push(version, granted ? GRANTED : WITHDRAWN);
        pushes.push({ version, granted, at: clock.now });
      };
      push(true);
      for (const action of steps) {
        if (action.kind === 'push') push(action.granted);
        else if (action.kind === 'wait') clock.now += action.ms;
        else if (action.kind === 'fail') store.fail(action.fails ? new Error('no way') : undefined);
        else {
          hooks.beforeRelay = async () => {
            hooks.beforeRelay = async () => {};
            if (action.during === null) return;
            push(action.during.granted);
            clock.now += action.during.ms;
          };
          const before = sent.length;
          const { code, record } = await send();
          const relayed = relayRecords.at(-1);
          expect(sent.length - before).toBe(code === 'succeeded' ? 1 : 0);
          codes.set(code, (codes.get(code) ?? 0) + 1);
          if (code !== 'succeeded') continue;
          // One policy, which grants it, and which was the stored one at most five seconds ago.
          expect([relayed?.policyVersion, relayed?.policyDigest]).toEqual([record.policyVersion, record.policyDigest]);
          expect(pushes[record.policyVersion! - 1]).toMatchObject({ granted: true });
          const replacedAt = pushes[record.policyVersion!]?.at ?? Number.POSITIVE_INFINITY;
          expect(clock.now - replacedAt).toBeLessThan(CACHE_MS);
        }
      }
    }),
    { numRuns: 150 },
  );
  // Every way that a request can take was taken.
  expect([...codes.keys()].sort()).toEqual(['not-granted', 'policy-unavailable', 'succeeded']);
  expect(Math.min(...codes.values())).toBeGreaterThan(10);
});
