import { expect, test, vi } from 'vitest';
import type { Problem } from '../../../contract/problem.ts';
import { relayCall } from '../../../lambda/rest/relay-call.ts';
import { createTeamGrants, TEAM_CALLER } from './relay-fixture.ts';
import { createJsonAnswer, createTestRest, createTestRestEnvironment } from './rest-fixture.ts';

const GENERIC = / Nothing was run\. Set restRole in the configuration to a role that may do this, or remove restRole\./;

test.each<[role: string, airflow: string, method: string, path: string, remedy: RegExp]>([
  [
    'Viewer',
    '2.10.3',
    'GET',
    '/variables',
    / Nothing was run\. Airflow asks for the role Op\. Set restRole in the configuration to Op\.$/,
  ],
  [
    'Op',
    '3.3.1',
    'GET',
    '/eventLogs',
    / Airflow asks for the role Admin\. Set restRole in the configuration to Admin\.$/,
  ],
  ['Admin', '3.0.6', 'DELETE', '/connections/x', GENERIC],
  ['Public', '2.10.3', 'GET', '/variables', GENERIC],
  [
    'Admin',
    '3.0.6',
    'POST',
    '/dags/d/dagRuns/r/taskInstances/t/xcomEntries',
    / No default role of Airflow may do this\. Give the role this permission in Airflow\.$/,
  ],
])('role-refused tells %s on %s for %s %s what to set', async (role, airflow, method, path, remedy) => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  const rules = ['api GET /variables', 'api GET /eventLogs', 'api DELETE /connections/*'];
  if (airflow === '3.0.6') rules.push('api POST /dags/*/dagRuns/*/taskInstances/*/xcomEntries --*');
  const environment = createTestRestEnvironment(createTeamGrants(rules), airflow);
  const { context } = createTestRest(environment, () => createJsonAnswer(403, { detail: 'Forbidden' }));
  const asRole = { ...context, upstream: { ...context.upstream, airflowRole: role } };
  const call = {
    kind: 'call' as const,
    method,
    path: `${environment.operations.basePath}${path}`,
    query: [],
    ...(method === 'POST' && { body: '{"key": "k", "value": 1}' }),
    receivedAt: 0,
  };
  const problem = (await relayCall(asRole, TEAM_CALLER, call).catch((error: unknown) => error)) as Problem;
  expect(problem).toMatchObject({ code: 'role-refused', data: { airflowRole: role } });
  expect(problem.message).toContain(`does not allow this request to the role ${role},`);
  expect(problem.message).toMatch(remedy);
});
