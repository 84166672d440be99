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
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { AirflowRunner } from '../../../../local/airflow/airflow-runner.ts';
import { isAllowed } from '../../../../local/iam/evaluate-policies.ts';
import { createPrincipalStore, type Principal } from '../../../../local/iam/principal-store.ts';
import { verifySignature } from '../../../../local/iam/verify-signature.ts';
import { type MwaaStandIn, startMwaa } from '../../../../local/mwaa/start.ts';

// Starting the stand-in generates an RSA key for each environment, on a machine that may be busy with other tests.
vi.setConfig({ hookTimeout: 60_000 });

const region = 'eu-west-1';
const account = '111122223333';
const host = `api.airflow.${region}.amazonaws.com`;
const createIdleRunner = (release: string): AirflowRunner => ({
  kind: 'real',
  release,
  run: () => Promise.reject(new Error('runs nothing')),
  close: async () => {},
});

describe('the environment API, called by the AWS SDK', () => {
  let folder: string;
  let mwaa: MwaaStandIn;
  const principals = createPrincipalStore();
  const createAllowPolicy = (Action: string | string[], Resource: string) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action, Resource }],
  });
  const reader = principals.issueCredentials(`arn:aws:iam::${account}:user/reader`, [
    createAllowPolicy('airflow:ListEnvironments', '*'),
    createAllowPolicy('airflow:GetEnvironment', `arn:aws:airflow:${region}:${account}:environment/*`),
  ]);
  const limitedReader = principals.issueCredentials(`arn:aws:iam::${account}:user/one`, [
    createAllowPolicy('airflow:GetEnvironment', `arn:aws:airflow:${region}:${account}:environment/one`),
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

  const createClient = async (credentials: Principal) => {
    const [address, port] = (mwaa.network[`${host}:443`] as string).split(':');
    const httpsAgent = new Agent({ ca: await readFile(mwaa.caFile) });
    const { createConnection } = httpsAgent;
    // Replaces DNS. The Host header and the certificate check still use the host name.
    httpsAgent.createConnection = (options, callback) =>
      Reflect.apply(createConnection, httpsAgent, [{ ...options, host: address, port, servername: host }, callback]);
    const requestHandler = { httpsAgent };
    return new MWAAClient({ region, credentials, requestHandler, maxAttempts: 1 });
  };

  test('lists every environment, page by page', async () => {
    const names: string[] = [];
    for await (const { Environments = [] } of paginateListEnvironments({ client: await createClient(reader) }, {})) {
      names.push(...Environments);
    }

    expect(names).toHaveLength(27);
    expect(names.slice(0, 3)).toEqual(['one', 'two', 'more-0']);
    expect(mwaa.journal.map(({ kind, path, status }) => [kind, path, status])).toEqual([
      ['environments', '/environments', 200],
      ['environments', '/environments', 200],
    ]);
  });

  test('describes the release, web server, network and logs of an environment', async () => {
    const { Environment } = await (await createClient(reader)).send(new GetEnvironmentCommand({ Name: 'one' }));

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

  test('returns the description that overrides its own', async () => {
    const { Environment } = await (await createClient(reader)).send(new GetEnvironmentCommand({ Name: 'two' }));

    expect(Environment).toMatchObject({ Status: 'UPDATING', AirflowVersion: '3.0.6' });
  });

  test.each([
    ['a list without permission', limitedReader, new ListEnvironmentsCommand({}), 'AccessDeniedException'],
    [
      'a description without permission',
      limitedReader,
      new GetEnvironmentCommand({ Name: 'two' }),
      'AccessDeniedException',
    ],
    ['an unknown environment', reader, new GetEnvironmentCommand({ Name: 'gone' }), 'ResourceNotFoundException'],
    ['a page size beyond the limit', reader, new ListEnvironmentsCommand({ MaxResults: 26 }), 'ValidationException'],
    [
      'a signature with the wrong secret',
      { ...reader, secretAccessKey: 'x' },
      new ListEnvironmentsCommand({}),
      'InvalidSignatureException',
    ],
  ])('rejects %s', async (_, credentials, command, name) => {
    const mwaaClient = await createClient(credentials);

    await expect(mwaaClient.send(command as ListEnvironmentsCommand)).rejects.toMatchObject({ name });
  });
});
