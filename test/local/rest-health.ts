import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { createClientVariables } from '../../local/call-instructions.ts';
import type { FaultName } from '../../local/mwaa/faults.ts';
import { findBrokenStep, runDoctor } from '../unit/client/mwaa/doctor-api.ts';
import type { RestStack } from './rest-stack.ts';
import { RUNS_ALL } from './select-releases.ts';

/** What breaks the way to the REST API. */
type Break = FaultName | ((stack: RestStack) => void);

/** So many always run. */
const MAIN_ROWS = 1;

const ROWS: readonly [what: string, broken: Break, step: string, detail: RegExp][] = [
  [
    'a role of the REST relay without CreateWebLoginToken',
    (stack) => {
      getRelayRole(stack).policies = [];
    },
    'token',
    /AccessDeniedException.*Allow airflow:CreateWebLoginToken.*policy of the REST relay's role/,
  ],
  ['a login that answers a page', 'rest-login-no-cookie', 'login', /returned no cookie.*webServerHostname/],
  [
    'a role in Airflow that may do less than the configuration says',
    (stack) => {
      const role = getRelayRole(stack);
      role.policies = JSON.parse(JSON.stringify(role.policies).replaceAll('/User"', '/Public"'));
    },
    'session',
    /does not allow this request to the role User.*Set restRole/,
  ],
  ['a login of another release', 'rest-login-404', 'login', /has no login of Airflow.*runs this release/],
  ['a web server that rejects sessions', 'rest-401-always', 'session', /rejected a new session too.*webServerHostname/],
  ['a web server that answers 503', 'rest-503', 'session', /HTTP 503.*the environment's status in MWAA/],
  ['a page in place of an answer', 'rest-login-page', 'session', /its login page is in place of the answer/],
];

/** Both ways are broken: the first failed step is that of commands. */
const BOTH: readonly [FaultName, step: string, detail: RegExp][] = [
  ['connect-refused', 'connect', /web server does not accept the connection.*must allow port 443/],
  ['tls-untrusted', 'TLS', /certificate is not trusted/],
  ['token-name-resolution', 'token', /airflow\.env interface endpoint with private DNS/],
];

function getRelayRole({ gateway }: RestStack) {
  const roles = [...gateway.functionPrincipals.values()];
  const found = roles.find(({ policies }) => JSON.stringify(policies).includes('CreateWebLoginToken'));
  if (found === undefined) throw new Error('No function has a role that may request web login tokens.');
  return found;
}

/** Tests the health check of an environment with `rest: true`, and `mwaa doctor`. @param getStack undefined: no Airflow is installed */
export function testRestHealth(getStack: () => RestStack | undefined): void {
  describe('a health check', () => {
    let repair = async (): Promise<void> => {};
    afterEach(() => repair());

    const getHealth = ({ callEnvironment }: RestStack) => callEnvironment('/health');
    /** From 3.2 on, Airflow keeps users, with their roles, for 30 seconds. */
    async function waitForHealth(stack: RestStack, healthy: boolean) {
      const end = Date.now() + 40_000;
      let health = await getHealth(stack);
      while ((health.status === 200) !== healthy && Date.now() < end) {
        await wait(3000);
        health = await getHealth(stack);
      }
      return health;
    }
    const getVariables = ({ url, region, engineer }: RestStack) => createClientVariables(url, region, 'prod', engineer);

    async function breakWay(stack: RestStack, broken: Break): Promise<void> {
      const role = getRelayRole(stack);
      const { policies } = role;
      repair = async () => {
        repair = async () => {};
        role.policies = policies;
        await stack.setFault();
        if (typeof broken === 'string') return;
        await stack.gateway.controls.endIdle();
        expect((await waitForHealth(stack, true)).status, 'after the repair').toBe(200);
      };
      if (typeof broken === 'string') return stack.setFault(broken);
      broken(stack);
      // The functions keep tokens and sessions.
      await stack.gateway.controls.endIdle();
    }

    test('of an environment that works', async () => {
      const stack = getStack();
      if (stack === undefined) return;
      const health = await getHealth(stack);
      expect(health, health.text).toMatchObject({ status: 200, body: { healthy: true, rest: { healthy: true } } });
      const { rest } = health.body;
      expect(rest.airflowRole).toBe('User');
      expect(rest.steps.map(({ step, status }: { step: string; status: string }) => `${step}: ${status}`)).toEqual(
        ['token', 'name resolution', 'connect', 'TLS', 'login', 'session', 'version', 'release'].map(
          (step) => `${step}: ok`,
        ),
      );
      const { exitCode, stdout } = await runDoctor(getVariables(stack));
      expect(stdout).toMatch(/REST relay.*Airflow role User[\s\S]*All checks passed\.\n$/);
      expect(exitCode).toBe(0);
    });

    test.each(RUNS_ALL ? ROWS : ROWS.slice(0, MAIN_ROWS))(
      '%s: says what is wrong and what to do',
      async (_what, broken, step, detail) => {
        const stack = getStack();
        if (stack === undefined) return;
        await breakWay(stack, broken);
        const health = await waitForHealth(stack, false);
        expect(health, health.text).toMatchObject({ status: 503, body: { healthy: false, rest: { healthy: false } } });
        expect(health.body.detail).toMatch(detail);
        const found = await findBrokenStep(getVariables(stack));
        expect(found).toEqual({ at: `REST relay: ${step}`, detail: expect.stringMatching(detail) });
      },
    );

    test.runIf(RUNS_ALL).each(BOTH)('%s breaks both ways', async (fault, step, detail) => {
      const stack = getStack();
      if (stack === undefined) return;
      await breakWay(stack, fault);
      const health = await getHealth(stack);
      expect(health, health.text).toMatchObject({ status: 503, body: { healthy: false, rest: { healthy: false } } });
      for (const { steps } of [health.body, health.body.rest]) {
        const failed = steps.find(({ status }: { status: string }) => status === 'failed');
        expect(failed).toMatchObject({ step, detail: expect.stringMatching(detail) });
      }
      expect(await findBrokenStep(getVariables(stack))).toMatchObject({ at: `function: ${step}` });
    });
  });
}
