import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetEnvironmentCommand,
  ListEnvironmentsCommand,
  MWAAClient,
  paginateListEnvironments,
} from '@aws-sdk/client-mwaa';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AirflowRunner } from '../../../../local/airflow/airflow-runner.ts';
import { isAllowed } from '../../../../local/iam/evaluate-policies.ts';
import { createPrincipalStore, type Principal } from '../../../../local/iam/principal-store.ts';
import { verifySignature } from '../../../../local/iam/verify-signature.ts';
import { type MwaaStandIn, startMwaa } from '../../../../local/mwaa/start.ts';

const region = 'eu-west-1';
const account = '111122223333';
const host = `api.airflow.${region}.amazonaws.com`;
const createIdleRunner = (release: string): AirflowRunner => ({
  kind: 'real',
  release,
  run: () => Promise.reject(new Error('runs nothing')),
  close: async () => {},
});

describe('environments, listed and described, asked through the AWS SDK', () => {
  let folder: string;
  let mwaa: MwaaStandIn;
  const principals = createPrincipalStore();
  const may = (Action: string | string[], Resource: string) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource }],
  });
  const reader = principals.issueCredentials(`arn:aws:iam::${account}:user/reader`, [
    may('airflow:ListEnvironments', '*'),
    may('airflow:GetEnvironment', `arn:aws:airflow:${region}:${account}:environment/*`),
  ]);
  const oneOnly = principals.issueCredentials(`arn:aws:iam::${account}:user/one`, [
    may('airflow:GetEnvironment', `arn:aws:airflow:${region}:${account}:environment/one`),
  ]);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'environments-'));
    mwaa = await startMwaa<Principal>({
      region,
      account,
      environments: [
        { name: 'one', runner: createIdleRunner('2.10.3') },
        { name: 'two', runner: createIdleRunner('3.0.6'), description: { Status: 'UPDATING' } },
        ...Array.from({ length: 25 }, (_, index) => ({ name: `more-${index}`, runner: createIdleRunner('2.10.3') })),
      ],
      verifySignature: (signed) => verifySignature(signed, { service: 'airflow', region, principals, now: Date.now }),
      isAllowed: (principal, action, resource) => isAllowed(principal, action, resource),
      caDir: folder,
    });
  });
  beforeEach(() => {
    mwaa.journal.length = 0;
  });
  afterAll(async () => {
    await mwaa.close();
    await rm(folder, { recursive: true, force: true });
  });

  const client = async (as: Principal) => {
    const [address, port] = (mwaa.network[`${host}:443`] as string).split(':');
    const httpsAgent = new Agent({ ca: await readFile(mwaa.caFile) });
    const { createConnection } = httpsAgent;
    // In place of DNS: the name stays in the Host header and in the certificate that is asked for.
    httpsAgent.createConnection = (options, then) =>
      Reflect.apply(createConnection, httpsAgent, [{ ...options, host: address, port, servername: host }, then]);
    const requestHandler = { httpsAgent };
    return new MWAAClient({ region, credentials: as, requestHandler, maxAttempts: 1 });
  };

  test('lists every environment, page by page', async () => {
    const names: string[] = [];
    for await (const { Environments = [] } of paginateListEnvironments({ client: await client(reader) }, {})) {
      names.push(...Environments);
    }

    expect(names).toHaveLength(27);
    expect(names.slice(0, 3)).toEqual(['one', 'two', 'more-0']);
    expect(mwaa.journal.map(({ kind, path, status }) => [kind, path, status])).toEqual([
      ['environments', '/environments', 200],
      ['environments', '/environments', 200],
    ]);
  });

  test('describes one: its release, web server, network and logs', async () => {
    const { Environment } = await (await client(reader)).send(new GetEnvironmentCommand({ Name: 'one' }));

    expect(Environment).toMatchObject({
      Name: 'one',
      Arn: `arn:aws:airflow:${region}:${account}:environment/one`,
      Status: 'AVAILABLE',
      AirflowVersion: '2.10.3',
      WebserverUrl: mwaa.hostnames.one,
      WebserverAccessMode: 'PRIVATE_ONLY',
      NetworkConfiguration: { SubnetIds: [expect.any(String), expect.any(String)] },
      LoggingConfiguration: {
        TaskLogs: { CloudWatchLogGroupArn: expect.stringMatching(/:log-group:airflow-one-Task$/) },
      },
    });
  });

  test('describes one as the test wants it', async () => {
    const { Environment } = await (await client(reader)).send(new GetEnvironmentCommand({ Name: 'two' }));

    expect(Environment).toMatchObject({ Status: 'UPDATING', AirflowVersion: '3.0.6' });
  });

  test.each([
    ['a list that is not permitted', oneOnly, new ListEnvironmentsCommand({}), 'AccessDeniedException'],
    ['another environment', oneOnly, new GetEnvironmentCommand({ Name: 'two' }), 'AccessDeniedException'],
    ['none of that name', reader, new GetEnvironmentCommand({ Name: 'gone' }), 'ResourceNotFoundException'],
    ['a page too large', reader, new ListEnvironmentsCommand({ MaxResults: 26 }), 'ValidationException'],
    [
      'a signature with the wrong secret',
      { ...reader, secretAccessKey: 'x' },
      new ListEnvironmentsCommand({}),
      'InvalidSignatureException',
    ],
  ])('refuses %s', async (_, as, command, name) => {
    const mwaaClient = await client(as);

    await expect(mwaaClient.send(command as ListEnvironmentsCommand)).rejects.toMatchObject({ name });
  });
});
