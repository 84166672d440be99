/** `mwaa doctor` without a proxy, from inside the network of MWAA, on setups with a real defect. */
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { buildPrograms } from '../../local/build-programs.ts';
import { createCredentialVariables } from '../../local/call-instructions.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import type { FaultName } from '../../local/mwaa/faults.ts';
import { findBrokenStepInProcess } from '../unit/client/mwaa/doctor-api.ts';
import { selectReleases } from './select-releases.ts';
import { createConfig, startSmallStack } from './small-stack.ts';

const PRELOAD = fileURLToPath(new URL('../../local/gateway/functions/preload-network.ts', import.meta.url));
const ACCOUNT = '111122223333';
const TOKEN_POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'airflow:CreateCliToken', Resource: '*' }],
};

let stack: LocalStack;
let engineer: Principal;
let program: string;
beforeAll(async () => {
  program = (await buildPrograms())('mwaa');
  stack = await startSmallStack(createConfig(''));
  engineer = stack.createCallerInAccount(ACCOUNT, 'engineer', 'jo', [TOKEN_POLICY]);
});
afterAll(() => stack?.close());
afterEach(() => stack.setFault());

const runDoctorDirect = (more: NodeJS.ProcessEnv = {}, caller = engineer) =>
  findBrokenStepInProcess(
    {
      NODE_OPTIONS: `--import ${PRELOAD}`,
      PRELOADED_NETWORK: JSON.stringify(stack.mwaa.getCurrentNetwork()),
      NODE_EXTRA_CA_CERTS: stack.mwaa.caFile,
      MWAA_ENVIRONMENT: 'prod',
      AWS_REGION: stack.region,
      ...createCredentialVariables(caller),
      ...more,
    },
    program,
  );
const expectFinding = (step: string, detail: RegExp) => ({ at: step, detail: expect.stringMatching(detail) });

test('mwaa doctor finds no problem, whether the settings name the correct release or none', async () => {
  expect(await runDoctorDirect()).toBeUndefined();
  expect(await runDoctorDirect({ MWAA_AIRFLOW_VERSION: '2.10.3' })).toBeUndefined();
});

const SETTINGS: readonly [what: string, variables: NodeJS.ProcessEnv, step: string, detail: RegExp][] = [
  ['a token for a proxy', { MWAA_CLI_PROXY_TOKEN: 'a.b.c' }, 'caller: settings', /only a proxy accepts tokens/],
  ['no region', { AWS_REGION: '', HOME: '/nowhere' }, 'caller: settings', /Set AWS_REGION/],
  ['no session token', { AWS_SESSION_TOKEN: '' }, 'caller: credentials', /AWS_SESSION_TOKEN/],
  [
    'a region that does not exist',
    { AWS_REGION: 'eu-wset-1' },
    'MWAA API: name resolution',
    /env\.airflow\.eu-wset-1\.amazonaws\.com.*AWS_REGION/,
  ],
  [
    'a certificate authority that is not trusted',
    { NODE_EXTRA_CA_CERTS: '' },
    'MWAA API: TLS',
    /Laptop stand-in.*NODE_EXTRA_CA_CERTS/,
  ],
  ['an unknown access key', { AWS_ACCESS_KEY_ID: 'ASIAUNKNOWN' }, 'web server: token', /rejects your AWS credentials/],
  [
    'an unknown environment',
    { MWAA_ENVIRONMENT: 'pord' },
    'web server: token',
    /no environment of this name.*MWAA_ENVIRONMENT, AWS_REGION and which account/,
  ],
  [
    'the wrong release',
    { MWAA_AIRFLOW_VERSION: '2.9.2' },
    'web server: release',
    /Airflow 2\.10\.3 is running.*set MWAA_AIRFLOW_VERSION to the running release/,
  ],
  [
    'the wrong release, which serves commands at another path',
    { MWAA_AIRFLOW_VERSION: '3.0.6' },
    'web server: version',
    /404.*Most likely cause: Airflow of another release is running.*MWAA_AIRFLOW_VERSION/,
  ],
  [
    'a web server with another hostname',
    { MWAA_WEB_SERVER_HOSTNAME: 'airflow.example.com' },
    'web server: name resolution',
    /airflow\.example\.com.*VPN/,
  ],
];

/** One row for each step, and what only a real Node.js process shows. */
const MAIN_SETTINGS = [
  'no region',
  'no session token',
  'a certificate authority that is not trusted',
  'an unknown environment',
  'the wrong release',
];

test.each(selectReleases(SETTINGS, ([what]) => MAIN_SETTINGS.includes(what)))(
  'mwaa doctor names the broken step and the remedy for %s',
  async (_what, variables, step, detail) => {
    expect(await runDoctorDirect(variables)).toEqual(expectFinding(step, detail));
  },
);

test.each<[what: string, caller: () => Principal, detail: RegExp]>([
  [
    'a role without airflow:CreateCliToken',
    () => stack.createCallerInAccount(ACCOUNT, 'reader', 'jo', []),
    /needs airflow:CreateCliToken/,
  ],
  [
    'expired credentials',
    () => Object.assign(stack.createCallerInAccount(ACCOUNT, 'late', 'jo', [TOKEN_POLICY]), { expiresAt: 0 }),
    /get new ones/,
  ],
])('mwaa doctor names the broken step and the remedy for %s', async (_what, caller, detail) => {
  expect(await runDoctorDirect({}, caller())).toEqual(expectFinding('web server: token', detail));
});

const FAULT_ROWS: readonly [fault: FaultName, step: string, detail: RegExp][] = [
  ['token-name-resolution', 'MWAA API: name resolution', /AWS_REGION, and the DNS settings of this machine/],
  ['token-connect-refused', 'MWAA API: connect', /outbound connectivity of this network, or the airflow\.env endpoint/],
  ['token-connect-hang', 'MWAA API: connect', /outbound connectivity of this network/],
  ['token-unavailable', 'web server: token', /AVAILABLE/],
  ['name-resolution', 'web server: name resolution', /only from inside its VPC/],
  ['connect-refused', 'web server: connect', /security group must allow port 443/],
  ['connect-hang', 'web server: connect', /VPN/],
  ['tls-wrong-name', 'web server: TLS', /certificate/],
  ['token-useless', 'web server: version', /rejected a new token/],
  ['html-200', 'web server: version', /could not be read/],
];

/** One fault for each step. */
const MAIN_FAULTS: readonly FaultName[] = [
  'token-connect-refused',
  'token-unavailable',
  'connect-hang',
  'tls-wrong-name',
  'html-200',
];

test.each(selectReleases(FAULT_ROWS, ([fault]) => MAIN_FAULTS.includes(fault)))(
  'mwaa doctor names the broken step and the remedy for the fault %s',
  async (fault, step, detail) => {
    await stack.setFault(fault);
    expect(await runDoctorDirect()).toEqual(expectFinding(step, detail));
  },
);
