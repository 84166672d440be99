import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, test, vi } from 'vitest';
import { CLAIMS_CONTEXT_KEY } from '../../../contract/event-names.ts';
import { createFrontHandler } from '../../../lambda/front/create-front-handler.ts';
import { createFrontEnvironments } from '../../../lambda/front/front-environments.ts';
import { relayCommand } from '../../../lambda/relay/relay-command.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../airflow/catalogs.ts';
import { encodeStreams } from '../mwaa/cli-responses.ts';
import {
  createRelayEnvironment,
  createTestRelay,
  REQUEST_ID,
  TEAM_CALLER,
  TEAM_ROLE,
  TEAM_SESSION,
} from './relay-fixture.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const OTHER_SESSION = 'arn:aws:sts::111122223333:assumed-role/other/jo';

const grants = {
  prod: [
    { who: [TEAM_ROLE], may: ['dags trigger rep_* --conf=*', 'dags pause *'], line: 3 },
    { who: ['arn:aws:iam::111122223333:role/secretive'], may: ['variables get salaries'], line: 9 },
    { who: ['oidc:groups=data'], may: ['version'], line: 12 },
  ],
  next: [{ who: [TEAM_ROLE], may: ['@trigger'], line: 20 }],
};
const catalogReads: string[] = [];
const readTestCatalog = (release: string) => {
  catalogReads.push(release);
  return release === '2.10.3' ? AIRFLOW_2 : AIRFLOW_3;
};
const environments = createFrontEnvironments(
  {
    environments: { prod: { airflow: '2.10.3', grants: grants.prod }, next: { airflow: '3.0.6', grants: grants.next } },
  },
  readTestCatalog,
);
const handleFrontEvent = createFrontHandler(environments, () => NOW);

const createSignedEvent = (userArn: string, resource: string, body?: unknown): APIGatewayProxyEvent =>
  ({
    resource,
    httpMethod: body === undefined ? 'GET' : 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    multiValueHeaders: { 'Content-Type': [typeof body === 'string' ? 'text/plain' : 'application/json'] },
    requestContext: { requestId: 'r-1', identity: { userArn } },
  }) as unknown as APIGatewayProxyEvent;

const createOidcEvent = (resource: string, claims: object) => {
  const event = createSignedEvent('', `/oidc${resource}`);
  const all = { iss: 'https://id.example.com', sub: 'jo', exp: NOW / 1000 + 60, ...claims };
  return {
    ...event,
    requestContext: { ...event.requestContext, authorizer: { [CLAIMS_CONTEXT_KEY]: JSON.stringify(all) } },
  };
};

const getFrontResponse = async (event: APIGatewayProxyEvent) => JSON.parse((await handleFrontEvent(event)).body);

describe('GET /environments', () => {
  test.each<[caller: string, event: APIGatewayProxyEvent, expected: string[]]>([
    ['a role with grants in both environments', createSignedEvent(TEAM_SESSION, '/environments'), ['next', 'prod']],
    ['a role without grants', createSignedEvent(OTHER_SESSION, '/environments'), []],
    ['an OIDC group with a grant in one environment', createOidcEvent('/environments', { groups: ['data'] }), ['prod']],
    ['an OIDC group without grants', createOidcEvent('/environments', { groups: ['sales'] }), []],
  ])('returns only environments with grants for the caller: %s', async (_caller, event, expected) => {
    const { requestId, environments: visible } = await getFrontResponse(event);

    expect(requestId).toBe('r-1');
    expect(visible.map(({ name }: { name: string }) => name)).toEqual(expected);
  });
});

describe('GET /environments/{name}/commands', () => {
  test('returns the commands granted to the caller, with the granted options', async () => {
    const { commands, airflowVersion } = await getFrontResponse(
      createSignedEvent(TEAM_SESSION, '/environments/prod/commands'),
    );

    expect(airflowVersion).toBe('2.10.3');
    expect(commands).toEqual([
      {
        command: 'dags trigger',
        usage: expect.stringMatching(/^dags trigger dag_id \[--conf CONF\]/),
        grant: 'dags trigger rep_* --conf=*',
        line: 3,
        options: expect.arrayContaining(['-c', '--conf', '-o', '--output']),
      },
      expect.objectContaining({ command: 'dags pause', grant: 'dags pause *' }),
    ]);
    expect(commands[0].options).not.toContain('--run-id');
    expect(commands[0].usage).not.toContain('--run-id');
  });

  test('expands a set to its commands in this release, with every option that is not wide', async () => {
    const { commands } = await getFrontResponse(createSignedEvent(TEAM_SESSION, '/environments/next/commands'));
    const [first] = commands;

    expect(commands.map(({ command }: { command: string }) => command)).toEqual(['assets materialize', 'dags trigger']);
    expect(commands[1].options).toContain('--run-id');
    expect(first.grant).toBe('@trigger');
  });

  test('returns nothing about the grants of other callers', async () => {
    for (const resource of ['/environments/prod/commands', '/environments']) {
      const { body } = await handleFrontEvent(createSignedEvent(OTHER_SESSION, resource));
      expect(body).not.toMatch(/salaries|secretive|team|rep_/);
    }
  });
});

describe('POST /environments/{name}/explain', () => {
  const explain = (body: unknown, userArn = TEAM_SESSION) =>
    getFrontResponse(createSignedEvent(userArn, '/environments/prod/explain', body));

  test.each<[body: unknown, expected: object]>([
    [
      { command: 'dags trigger rep_day' },
      {
        allowed: true,
        grant: 'dags trigger rep_* --conf=*',
        line: 3,
        commandLine: expect.stringMatching(/ rep_day$/),
      },
    ],
    ['dags pause x', { allowed: true, grant: 'dags pause *' }],
    [{ argv: ['dags', 'trigger', 'rep_day', '--conf', { a: 1 }] }, { allowed: true }],
    [{ command: 'dags trigger day' }, { allowed: false, refusal: { code: 'not-granted' } }],
    [{ command: 'variables get salaries' }, { allowed: false, refusal: { code: 'not-granted' } }],
    [{ command: 'dags triger x' }, { allowed: false, refusal: { code: 'unknown-command' } }],
  ])('explains the decision for %j', async (body, expected) => {
    expect(await explain(body)).toMatchObject({ environment: 'prod', ...expected });
  });

  test('does not mention the grants of other callers', async () => {
    for (const body of [{ command: 'variables get salaries' }, { command: 'version' }]) {
      expect(JSON.stringify(await explain(body))).not.toMatch(/secretive|oidc|line (9|12)/i);
    }
  });

  test('rejects a malformed body', async () => {
    await expect(explain({ command: 'x', more: 1 })).rejects.toMatchObject({ code: 'malformed-request' });
  });

  test.each([
    'dags trigger rep_day',
    'dags trigger rep_day -c {"a":1}',
    'dags trigger day',
    'dags pause a b',
    'dags pause x -y',
    'dags list',
    'version',
    'dags trigger',
    'dags trigger rep_day --run-id mwaa-cli-proxy__x',
  ])('decides like the relay and shows the command line that the relay sends: %s', async (command) => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const { relay, sent } = createTestRelay(createRelayEnvironment(grants.prod), () => ({
      status: 200,
      body: encodeStreams(''),
    }));
    const request = {
      argv: command.split(' '),
      format: 'json' as const,
      lambdaRequestId: REQUEST_ID,
      caller: TEAM_CALLER,
    };
    await relayCommand(relay, request).catch(() => {});
    const { allowed, commandLine } = await explain({ argv: command.split(' ') });

    expect(allowed).toBe(sent.length > 0);
    const runId = /mwaa-cli-proxy__[\w-]+/g;
    expect(commandLine?.replace(runId, 'RUN')).toBe(sent[0]?.replace(runId, 'RUN'));
  });
});

test.each(['/environments/nope/commands', '/environments/prod/cli', '/environments/__proto__/commands'])(
  'returns 404 for %s',
  async (resource) => {
    await expect(handleFrontEvent(createSignedEvent(TEAM_SESSION, resource))).rejects.toMatchObject({
      code: 'not-found',
    });
  },
);

test('reads each catalog once', () => {
  expect(catalogReads.sort()).toEqual(['2.10.3', '3.0.6']);
});
