import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { INIT_USAGE } from '../../client/mwaa/init-command.ts';
import { loadConfig } from '../../files/load-config.ts';
import type { AirflowRunner } from '../../local/airflow/airflow-runner.ts';
import { buildPrograms } from '../../local/build-programs.ts';
import { createCredentialVariables } from '../../local/call-instructions.ts';
import { isAllowed } from '../../local/iam/evaluate-policies.ts';
import { createPrincipalStore, type Principal } from '../../local/iam/principal-store.ts';
import { verifySignature } from '../../local/iam/verify-signature.ts';
import { type MwaaStandIn, startMwaa } from '../../local/mwaa/start.ts';
import { type AccountStandIn, startAccountService } from './account-stand-in.ts';
import { type Ec2StandIn, formatEc2Hostname, startEc2 } from './ec2-stand-in.ts';

const SYNTH = fileURLToPath(new URL('../../bin/synth.ts', import.meta.url));
const PRELOAD = fileURLToPath(new URL('../../local/gateway/functions/preload-network.ts', import.meta.url));

const region = 'eu-west-1';
const account = '111122223333';
const run = promisify(execFile);

interface InitResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('mwaa init, with simulated MWAA and EC2 APIs,', () => {
  let folder: string;
  let mwaa: MwaaStandIn;
  let ec2: Ec2StandIn;
  let lambda: AccountStandIn;
  let apiGateway: AccountStandIn;
  const principals = createPrincipalStore();
  const createRole = (name: string, actions: string[], options = {}) => {
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] };
    return principals.issueCredentials(
      `arn:aws:sts::${account}:assumed-role/${name}/me`,
      actions.length === 0 ? [] : [policy],
      options,
    );
  };
  const mwaaActions = ['airflow:ListEnvironments', 'airflow:GetEnvironment'];
  const administrator = createRole('all', [
    ...mwaaActions,
    'ec2:DescribeSubnets',
    'ec2:DescribeVpcEndpoints',
    'lambda:GetAccountSettings',
    'apigateway:GET',
  ]);

  let program: string;
  beforeAll(async () => {
    program = (await buildPrograms())('mwaa');
    folder = await mkdtemp(join(tmpdir(), 'init-'));
    const service = 'com.amazonaws.vpce.eu-west-1.vpce-svc-0abc';
    mwaa = await startMwaa<Principal>({
      region,
      account,
      environments: [
        {
          name: 'analytics',
          runner: createIdleRunner('2.10.3'),
          description: { WebserverVpcEndpointService: service },
        },
        { name: 'next', runner: createIdleRunner('3.0.6'), description: { WebserverAccessMode: 'PUBLIC_ONLY' } },
      ],
      verifySignature: (signed) => verifySignature(signed, { service: 'airflow', region, principals, now: Date.now }),
      isAllowed: (principal, action, resource) => isAllowed(principal, action, resource),
      caDir: folder,
    });
    const endpoint = { vpcId: 'vpc-0a', privateDnsEnabled: true };
    ec2 = await startEc2({
      certificate: await mwaa.issueCertificate(formatEc2Hostname(region)),
      subnets: ['1', '2'].map((digit) => ({
        subnetId: `subnet-0a1b2c3d4e5f6000${digit}`,
        vpcId: 'vpc-0a',
        availabilityZone: `${region}${digit === '1' ? 'a' : 'b'}`,
        ownerId: account,
      })),
      endpoints: [
        { ...endpoint, vpcEndpointId: 'vpce-0web', serviceName: service, groups: ['sg-0web'] },
        {
          ...endpoint,
          vpcEndpointId: 'vpce-0env',
          serviceName: `com.amazonaws.${region}.airflow.env`,
          groups: ['sg-0env'],
        },
        { ...endpoint, vpcEndpointId: 'vpce-0s3', serviceName: `com.amazonaws.${region}.s3`, groups: [] },
        {
          ...endpoint,
          vpcId: 'vpc-0b',
          vpcEndpointId: 'vpce-0other',
          serviceName: `com.amazonaws.${region}.airflow.env`,
          groups: ['sg-0b'],
        },
      ],
      verifySignature: (signed) => verifySignature(signed, { service: 'ec2', region, principals, now: Date.now }),
      isAllowed: (principal, action) => isAllowed(principal, action, '*'),
    });
    const startService = async (service: string, path: string, action: string, resource: string, account: object) =>
      startAccountService({
        certificate: await mwaa.issueCertificate(`${service}.${region}.amazonaws.com`),
        path,
        account,
        verifySignature: (signed) => verifySignature(signed, { service, region, principals, now: Date.now }),
        isAllowed: (principal) => isAllowed(principal, action, resource),
      });
    lambda = await startService('lambda', '/2016-08-19/account-settings', 'lambda:GetAccountSettings', '*', {
      AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 },
    });
    apiGateway = await startService(
      'apigateway',
      '/account',
      'apigateway:GET',
      `arn:aws:apigateway:${region}::/account`,
      {
        throttleSettings: { rateLimit: 10_000, burstLimit: 5000 },
      },
    );
  });
  afterAll(async () => {
    await Promise.all([mwaa, ec2, lambda, apiGateway].map((service) => service.close()));
    await rm(folder, { recursive: true, force: true });
  });

  const runInit = (
    caller: Pick<Principal, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>,
    ...words: string[]
  ): Promise<InitResult> => {
    const network = {
      ...mwaa.network,
      [`${formatEc2Hostname(region)}:443`]: `127.0.0.1:${ec2.port}`,
      [`lambda.${region}.amazonaws.com:443`]: `127.0.0.1:${lambda.port}`,
      [`apigateway.${region}.amazonaws.com:443`]: `127.0.0.1:${apiGateway.port}`,
    };
    return run(process.execPath, [program, 'init', ...words], {
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        AWS_REGION: region,
        ...createCredentialVariables(caller),
        NODE_OPTIONS: `--import ${PRELOAD}`,
        NODE_EXTRA_CA_CERTS: mwaa.caFile,
        PRELOADED_NETWORK: JSON.stringify(network),
      },
    }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  };

  test('prints and writes a configuration that can be deployed', async () => {
    const file = join(folder, 'mwaa.yaml');

    const { code, stdout, stderr } = await runInit(administrator, '--write', file);

    expect(stderr).toContain('next is left out');
    expect(stderr).toContain(`wrote ${file}`);
    expect(code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(stdout);
    expect(loadConfig(file)).toMatchObject({
      region,
      account,
      accountConcurrency: 10,
      api: { logRole: 'create' },
      environments: {
        analytics: {
          airflow: '2.10.3',
          concurrency: 'unreserved',
          vpc: {
            id: 'vpc-0a',
            subnets: ['subnet-0a1b2c3d4e5f60001', 'subnet-0a1b2c3d4e5f60002'],
            webServerSecurityGroup: 'sg-0web',
            airflowEndpoint: { securityGroup: 'sg-0env' },
          },
        },
      },
    });
    const synth = await run(process.execPath, [SYNTH, '--config', file, '--output', join(folder, 'cdk.out')]);
    expect(synth.stdout).toContain('analytics (Airflow 2.10.3)');
  }, 60_000);

  test('sends no request to AWS if the file already exists', async () => {
    const file = join(folder, 'there.yaml');
    await writeFile(file, 'mine');
    mwaa.journal.length = 0;

    expect(await runInit(administrator, '--write', file)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--force'),
    });
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect(mwaa.journal).toEqual([]);

    expect((await runInit(administrator, '--write', file, '--force')).code).toBe(0);
    expect(loadConfig(file).environments).toHaveProperty('analytics');
  });

  test('works without the optional permissions, and says in the file what is unknown without it', async () => {
    const { code, stdout, stderr } = await runInit(createRole('some', [...mwaaActions, 'ec2:DescribeSubnets']));

    expect(code).toBe(0);
    expect(stdout).toContain('is unknown whether the VPC has an endpoint');
    expect(stdout).toContain('is unknown (lambda:GetAccountSettings)');
    expect(stdout).toContain('is unknown whether API Gateway has a role for logs');
    expect(stdout).toContain('webServerSecurityGroup: sg-0a1b2c3d4e5f60001');
    expect(stderr).toContain('no file was written');
  });

  const expired = createRole('late', mwaaActions, { expiresAt: Date.now() - 1000 });

  test.each<[what: string, caller: Principal, words: string[], message: RegExp]>([
    [
      'without airflow:ListEnvironments',
      createRole('none', []),
      [],
      /perform: airflow:ListEnvironments[\s\S]*Required permissions: airflow:ListEnvironments, /,
    ],
    [
      'without airflow:GetEnvironment',
      createRole('list', ['airflow:ListEnvironments']),
      [],
      /perform: airflow:GetEnvironment/,
    ],
    [
      'without ec2:DescribeSubnets',
      createRole('mwaa', mwaaActions),
      [],
      /perform: ec2:DescribeSubnets[\s\S]*save the output/,
    ],
    ['with expired credentials', expired, [], /have expired .*aws sso login/],
    ['with the wrong secret key', { ...administrator, secretAccessKey: 'x' }, [], /rejects these credentials/],
    ['who names a region without MWAA', administrator, ['--region', 'xx-none-1'], /MWAA does not exist in xx-none-1/],
  ])('tells a caller %s what to change', async (_, caller, words, message) => {
    const { code, stdout, stderr } = await runInit(caller, ...words);

    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  test('reads the files that the AWS CLI commands in its help save, without network access', async () => {
    const saveCommands = /^ {2}for name[\s\S]*apigateway\.json$/m.exec(
      INIT_USAGE.split('mwaa init --from env')[0] ?? '',
    )?.[0];
    const page = await readFile(new URL('../../docs/deploying.md', import.meta.url), 'utf8');
    expect(page).toContain(saveCommands?.replace(/^ {2}/gm, ''));
    // A fake AWS CLI, which prints what the real one prints for these arguments, with the same indentation.
    const printJson = (value: object) => `echo '${JSON.stringify(value, null, 4)}'`;
    const fakeCli = [
      '#!/bin/sh',
      'case "$1 $2 $4" in',
      `"mwaa list-environments Environments[]") printf 'one\\ttwo\\n' ;;`,
      ...['one', 'two'].map(
        (name) => `"mwaa get-environment ${name}") ${printJson(describeSavedEnvironment(name))} ;;`,
      ),
      `"ec2 describe-subnets json") ${printJson({ Subnets: [{ SubnetId: 'subnet-0a', VpcId: 'vpc-0a' }] })} ;;`,
      `"ec2 describe-vpc-endpoints json") ${printJson({ VpcEndpoints: [] })} ;;`,
      `"lambda get-account-settings json") ${printJson({ AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 1000 }, AccountUsage: {} })} ;;`,
      `"apigateway get-account json") ${printJson({ throttleSettings: {}, apiKeyVersion: '4' })} ;;`,
      '*) exit 1 ;;',
      'esac',
    ];
    await writeFile(join(folder, 'aws'), fakeCli.join('\n'), { mode: 0o755 });
    const env = { PATH: `${folder}:${process.env.PATH}`, HOME: folder, NODE_OPTIONS: `--import ${PRELOAD}` };
    await run('sh', ['-ec', saveCommands ?? ''], { cwd: folder, env });
    const files = ['environments', 'subnets', 'endpoints', 'lambda', 'apigateway'].flatMap((name) => [
      '--from',
      join(folder, `${name}.json`),
    ]);

    const { stdout } = await run(process.execPath, [program, 'init', ...files], { env });

    expect(stdout).toMatch(/^accountConcurrency: 1000\n[\s\S]*logRole: create\n/m);
    expect(stdout).toMatch(/ {2}one:\n {4}airflow: 2\.11\.2\n[\s\S]* {2}two:\n {4}airflow: 2\.11\.2\n/);
  });
});

const describeSavedEnvironment = (name: string) => ({
  Environment: {
    Name: name,
    Arn: `arn:aws:airflow:${region}:${account}:environment/${name}`,
    AirflowVersion: '2.11.2',
    NetworkConfiguration: { SubnetIds: ['subnet-0a'], SecurityGroupIds: ['sg-0a'] },
  },
});

const createIdleRunner = (release: string): AirflowRunner => ({
  kind: 'real',
  release,
  run: () => Promise.reject(new Error('This runner runs no commands.')),
  close: async () => {},
});
