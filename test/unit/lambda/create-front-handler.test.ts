import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, test, vi } from 'vitest';
import { CLAIMS_CONTEXT_KEY } from '../../../contract/function-names.ts';
import { createFrontHandler } from '../../../lambda/front/create-front-handler.ts';
import { createFrontEnvironments } from '../../../lambda/front/front-environments.ts';
import { relayCommand } from '../../../lambda/relay/relay-command.ts';
import { createSendCommand } from '../../../mwaa/cli/send-command.ts';
import { callerFromArn } from '../../../policy/caller.ts';
import { compilePolicy } from '../../../policy/compile-policy.ts';
import { AIRFLOW_2, AIRFLOW_3 } from '../../catalogs.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const TEAM_ARN = 'arn:aws:sts::111122223333:assumed-role/team/jo';
const OTHER_ARN = 'arn:aws:sts::111122223333:assumed-role/other/jo';

const grants = {
  prod: [
    { who: ['arn:aws:iam::111122223333:role/team'], may: ['dags trigger rep_* --conf=*', 'dags pause *'], line: 3 },
    { who: ['arn:aws:iam::111122223333:role/secretive'], may: ['variables get salaries'], line: 9 },
    { who: ['oidc:groups=data'], may: ['version'], line: 12 },
  ],
  next: [{ who: ['arn:aws:iam::111122223333:role/team'], may: ['@trigger'], line: 20 }],
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
  test.each<[who: string, event: APIGatewayProxyEvent, expected: string[]]>([
    ['a role with grants in both', createSignedEvent(TEAM_ARN, '/environments'), ['next', 'prod']],
    ['a role with grants in none', createSignedEvent(OTHER_ARN, '/environments'), []],
    ['a group', createOidcEvent('/environments', { groups: ['data'] }), ['prod']],
    ['another group', createOidcEvent('/environments', { groups: ['sales'] }), []],
  ])('%s sees its own', async (_who, event, expected) => {
    const { requestId, environments: seen } = await getFrontResponse(event);

    expect(requestId).toBe('r-1');
    expect(seen.map(({ name }: { name: string }) => name)).toEqual(expected);
  });
});

describe('GET /environments/{name}/commands', () => {
  test('says what this caller may run, as it is granted', async () => {
    const { commands, airflowVersion } = await getFrontResponse(
      createSignedEvent(TEAM_ARN, '/environments/prod/commands'),
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

  test('a set is the commands of the release that it holds, with every option that is not wide', async () => {
    const { commands } = await getFrontResponse(createSignedEvent(TEAM_ARN, '/environments/next/commands'));
    const [first] = commands;

    expect(commands.map(({ command }: { command: string }) => command)).toEqual(['assets materialize', 'dags trigger']);
    expect(commands[1].options).toContain('--run-id');
    expect(first.grant).toBe('@trigger');
  });

  test('of others it tells nothing', async () => {
    for (const resource of ['/environments/prod/commands', '/environments']) {
      const { body } = await handleFrontEvent(createSignedEvent(OTHER_ARN, resource));
      expect(body).not.toMatch(/salaries|secretive|team|rep_/);
    }
  });
});

describe('POST /environments/{name}/explain', () => {
  const explain = (body: unknown, userArn = TEAM_ARN) =>
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
  ])('%j', async (body, expected) => {
    expect(await explain(body)).toMatchObject({ environment: 'prod', ...expected });
  });

  test('what is granted to others is not told', async () => {
    for (const body of [{ command: 'variables get salaries' }, { command: 'version' }]) {
      expect(JSON.stringify(await explain(body))).not.toMatch(/secretive|oidc|line (9|12)/i);
    }
  });

  test('what cannot be read is a problem', async () => {
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
  ])('decides as the relay does, and shows what the relay sends: %s', async (command) => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const sent: string[] = [];
    const environment = {
      ...{ name: 'prod', mwaaName: 'prod', airflow: '2.10.3', catalog: AIRFLOW_2, grants: grants.prod },
      policy: compilePolicy(grants.prod, AIRFLOW_2).policy,
      timeouts: { postSeconds: 10, abortSeconds: 20, connectSeconds: 5, tokenSeconds: 5, busySeconds: 5 },
      ...{ webServerDomains: [], limits: { answerBytes: 1_000_000, outputBytes: 1_000_000 } },
    };
    const send = createSendCommand({
      tokens: { get: async () => ({ token: 't', hostname: 'h' }), invalidate: () => {} },
      post: async (_token, line) => {
        sent.push(line);
        return { status: 200, body: '{"stdout":"","stderr":""}' };
      },
    });
    const audit = { requestId: 'r', lambdaRequestId: 'REQUEST-ID', environment: 'prod' };
    const relay = { environment, send, signal: AbortSignal.timeout(5000), timeLeftMs: () => 5000, audit };
    const request = {
      argv: command.split(' '),
      format: 'json' as const,
      lambdaRequestId: 'REQUEST-ID',
      caller: callerFromArn(TEAM_ARN)!,
    };
    await relayCommand(relay, request).catch(() => {});
    const { allowed, commandLine } = await explain({ argv: command.split(' ') });

    expect(allowed).toBe(sent.length > 0);
    const runId = /mwaa-cli-proxy__[\w-]+/g;
    expect(commandLine?.replace(runId, 'RUN')).toBe(sent[0]?.replace(runId, 'RUN'));
  });
});

test.each(['/environments/nope/commands', '/environments/prod/cli', '/environments/__proto__/commands'])(
  '%s is not there',
  async (resource) => {
    await expect(handleFrontEvent(createSignedEvent(TEAM_ARN, resource))).rejects.toMatchObject({ code: 'not-found' });
  },
);

test('a catalog is read once for each release that is asked for', () => {
  expect(catalogReads.sort()).toEqual(['2.10.3', '3.0.6']);
});
