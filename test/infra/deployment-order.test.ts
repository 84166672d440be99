import { beforeEach, describe, expect, test, vi } from 'vitest';
import { synthesize } from '../../lib/synthesize.ts';
import { loadAssembly } from '../../local/gateway/template/load-assembly.ts';
import { parseTestConfig } from '../fixtures/parse-test-config.ts';
import { readText } from '../unit/markdown.ts';
import { type Moment, playUpdate } from './deployment-order/play-update.ts';
import { sendRequest, type TestRequest } from './deployment-order/send-request.ts';
import { createStubEntries } from './synthesize-config.ts';

const VPC = '{ id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }';
const OIDC = '  oidc: { issuer: "https://id.example.com", audience: mwaa-cli-proxy, requiredClaims: { org: data } }\n';
const PROD = `  prod: { airflow: 2.10.3, vpc: ${VPC} }\n`;
const NEXT = `  next: { airflow: 2.10.3, vpc: ${VPC} }\n`;
const ETL = 'arn:aws:iam::111122223333:role/etl';
const CONFIG = `
region: ap-southeast-2
account: "111122223333"
api:
  callers: { accounts: ["111122223333", "444455556666"] }
${OIDC}
environments:
${PROD}${NEXT}
grants:
  - { who: [${ETL}, "oidc:sub=jo"], where: prod, may: [dags list] }
  - { who: "arn:aws:iam::111122223333:role/other", where: next, may: [dags list] }
`;

const removeOidc = (text: string): string => text.replace(OIDC, '').replace(', "oidc:sub=jo"', '');

const toSession = (role: string) => ({ arn: `arn:aws:sts::111122223333:assumed-role/${role}/session` });
const ROLE: TestRequest = { environment: 'prod', command: 'dags list', caller: toSession('etl') };
const TOKEN: TestRequest = { ...ROLE, caller: { claims: { iss: 'https://id.example.com', sub: 'jo', exp: 4e9 } } };
/** A request that no change below concerns. */
const OTHER: TestRequest = { environment: 'next', command: 'dags list', caller: toSession('other') };

const resolveEntryPoint = createStubEntries();
const load = (text: string) => loadAssembly(synthesize({ config: parseTestConfig(text), resolveEntryPoint }).directory);
const deployed = load(CONFIG);

/** Operations without a dependency between them run in parallel, so each case is simulated in both orders. */
const ORDERS = {
  'the front first': (id: string) => !id.includes('Front'),
  'the front last': (id: string) => id.includes('Front'),
};

/** Returns the answers to a request in the course of an update, each with the operation after which it is given. */
async function listAnswers(moments: readonly Moment[], request: TestRequest): Promise<string[]> {
  const answers: { operation: string; answer: string }[] = [];
  for (const moment of moments) {
    const answer = await sendRequest(moment, request);
    if (answer !== answers.at(-1)?.answer) answers.push({ operation: moment.operation, answer });
  }
  return answers.map(({ operation, answer }, index) => (index === 0 ? answer : `${operation}: ${answer}`));
}

// The relay writes its audit lines.
beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation(() => {});
});

interface Case {
  readonly what: string;
  readonly change: (text: string) => string;
  readonly request: TestRequest;
  /** In both orders, or in each. */
  readonly answers: readonly string[] | Readonly<Record<keyof typeof ORDERS, readonly string[]>>;
}

const CASES: readonly Case[] = [
  {
    what: 'an environment is disabled',
    change: (text) => text.replace('prod: {', 'prod: { enabled: false,'),
    request: ROLE,
    answers: ['200 succeeded', 'update front: 404 not-found'],
  },
  {
    what: 'an environment is removed',
    change: (text) => text.replace(PROD, '').replace('where: prod', 'where: next'),
    request: ROLE,
    answers: ['200 succeeded', 'update front: 404 not-found'],
  },
  {
    what: 'a grant is disabled',
    change: (text) => text.replace('where: prod,', 'where: prod, enabled: false,'),
    request: ROLE,
    answers: {
      'the front first': ['200 succeeded', 'update front: 404 not-found'],
      'the front last': ['200 succeeded', 'update relay: 403 not-granted', 'update front: 404 not-found'],
    },
  },
  {
    what: 'a caller is removed from a grant',
    change: (text) => text.replace(`${ETL}, `, ''),
    request: ROLE,
    answers: {
      'the front first': ['200 succeeded', 'update front: 404 not-found'],
      'the front last': ['200 succeeded', 'update relay: 403 not-granted', 'update front: 404 not-found'],
    },
  },
  {
    what: 'a rule is removed from a grant',
    change: (text) => text.replace('where: prod, may: [dags list]', 'where: prod, may: [dags report]'),
    request: ROLE,
    answers: {
      'the front first': ['200 succeeded', 'update front: 403 not-granted'],
      'the front last': ['200 succeeded', 'update relay: 403 not-granted'],
    },
  },
  {
    what: 'api.oidc is removed, for a token that the authorizer has not checked',
    change: removeOidc,
    request: TOKEN,
    answers: {
      'the front first': ['200 succeeded', 'update front: 404 not-found', 'delete authorizer: 503 authorizer-failed'],
      'the front last': [
        '200 succeeded',
        'update relay: 403 not-granted',
        'update front: 404 not-found',
        'delete authorizer: 503 authorizer-failed',
      ],
    },
  },
  {
    what: 'api.oidc is removed, for a token that the authorizer has checked',
    change: removeOidc,
    request: { ...TOKEN, isTokenCached: true },
    answers: {
      'the front first': ['200 succeeded', 'update front: 404 not-found'],
      'the front last': ['200 succeeded', 'update relay: 403 not-granted', 'update front: 404 not-found'],
    },
  },
  {
    what: 'api.oidc is removed, and the grants of its callers remain',
    change: (text) => text.replace(OIDC, ''),
    request: { ...TOKEN, isTokenCached: true },
    answers: ['200 succeeded', 'update front: 404 not-found'],
  },
  {
    what: 'an environment is added',
    change: (text) =>
      text.replace(NEXT, `${NEXT}${NEXT.replace('next', 'later')}`).replace('where: prod', 'where: [prod, later]'),
    request: { ...ROLE, environment: 'later' },
    answers: {
      'the front first': ['404 not-found', 'update front: 503 relay-unavailable', 'create relay: 200 succeeded'],
      'the front last': ['404 not-found', 'update front: 200 succeeded'],
    },
  },
  {
    what: 'the release changes',
    change: (text) => text.replace('prod: { airflow: 2.10.3', 'prod: { airflow: 2.11.0'),
    request: ROLE,
    answers: ['200 succeeded'],
  },
];

describe.each(CASES)('when $what', ({ change, request, answers }) => {
  const updated = load(change(CONFIG));

  test.each(Object.entries(ORDERS))(
    'callers get the answers of each step with %s, and other callers notice nothing',
    async (order, isLate) => {
      const moments = playUpdate(deployed, updated, { isLate });

      expect(await listAnswers(moments, request)).toEqual(
        'length' in answers ? answers : answers[order as keyof typeof ORDERS],
      );
      expect(await listAnswers(moments, OTHER)).toEqual(['200 succeeded']);
    },
  );

  test('a failed update restores the answer from before', async () => {
    const before = await sendRequest(playUpdate(deployed, deployed)[0]!, request);
    const answersAfterRollback = [];
    for (let failAfter = 1; failAfter < playUpdate(deployed, updated).length; failAfter += 1) {
      const moments = playUpdate(deployed, updated, { isLate: ORDERS['the front first'], failAfter });
      answersAfterRollback.push(await sendRequest(moments.at(-1)!, request));
    }

    expect(new Set(answersAfterRollback)).toEqual(new Set([before]));
  });
});

test('docs/operations.md names every problem that callers get', () => {
  const section = /^## Switch off\n[\s\S]*?(?=^## )/m.exec(readText('docs/operations.md'))?.[0];
  const problems = [...JSON.stringify(CASES).matchAll(/\d{3} ([a-z-]+)/g)].flatMap(([, name = '']) => name);

  for (const problem of new Set(problems)) if (problem !== 'succeeded') expect(section).toContain(`\`${problem}\``);
});

test('the stage serves the methods of api.oidc until the next deployment of the API', () => {
  const hasTokenMethods = ({ methods }: Moment) => methods.some(({ route }) => route.includes('/oidc/'));
  const updated = load(removeOidc(CONFIG));
  const later = load(removeOidc(CONFIG).replace('444455556666', '777788889999'));

  expect(playUpdate(deployed, updated).map(hasTokenMethods)).not.toContain(false);
  expect(playUpdate(updated, later).map(hasTokenMethods)).not.toContain(true);
});

test('a caller that is removed from api.callers is refused from the next deployment of the API', () => {
  const updated = load(CONFIG.replace(', "444455556666"', ''));
  const moments = playUpdate(deployed, updated);
  const index = moments.findIndex(({ policy }) => !JSON.stringify(policy).includes('444455556666'));

  expect(moments[index]?.operation).toBe('update AWS::ApiGateway::Stage');
});

describe('when functionPolicies changes', () => {
  const withPermissions = load(CONFIG.replace('region:', 'functionPolicies: permissions\nregion:'));

  test.each([
    ['to permissions', deployed, withPermissions],
    ['to exclusive', withPermissions, deployed],
  ])('%s, callers notice nothing', async (_direction, before, after) => {
    expect(await listAnswers(playUpdate(before, after), OTHER)).toEqual(['200 succeeded']);
    expect(await listAnswers(playUpdate(before, after), TOKEN)).toEqual(['200 succeeded']);
  });

  test.each([
    ['to permissions', deployed, withPermissions],
    ['to exclusive', withPermissions, deployed],
  ])('%s, callers notice nothing of a failed update', async (_direction, before, after) => {
    const moments = playUpdate(before, after, { failAfter: playUpdate(before, after).length });

    expect(await listAnswers(moments, OTHER)).toEqual(['200 succeeded']);
    expect(await listAnswers(moments, TOKEN)).toEqual(['200 succeeded']);
  });
});

test.each(CASES)('when $what, every relay that is not new denies all but the front and the schedule', ({ change }) => {
  const moments = playUpdate(deployed, load(change(CONFIG)));
  const known = moments[0]!.functions;
  const unprotected = moments.flatMap(({ operation, functions }) =>
    [...functions]
      .filter(
        ([id, { kind, policy }]) =>
          kind === 'relay' && known.has(id) && !policy.some(({ Effect }) => Effect === 'Deny'),
      )
      .map(([id]) => `${operation}: ${id}`),
  );

  expect(unprotected).toEqual([]);
});

test('the simulation finds two resources with one name', () => {
  const renamed = structuredClone(deployed.template);
  const [id, relay] = Object.entries(renamed.Resources).find(
    ([, { Properties }]) => Properties?.FunctionName !== undefined,
  )!;
  delete renamed.Resources[id];
  const template = { ...renamed, Resources: { ...renamed.Resources, Renamed: relay } };

  expect(() => playUpdate(deployed, { ...deployed, template })).toThrow(
    /Renamed cannot be created while .*Relay.* exists/,
  );
});
