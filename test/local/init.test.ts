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
import { createCredentialVariables } from '../../local/call-instructions.ts';
import { isAllowed } from '../../local/iam/evaluate-policies.ts';
import { createPrincipalStore, type Principal } from '../../local/iam/principal-store.ts';
import { verifySignature } from '../../local/iam/verify-signature.ts';
import { type MwaaStandIn, startMwaa } from '../../local/mwaa/start.ts';
import { type Ec2StandIn, formatEc2Hostname, startEc2 } from './ec2-stand-in.ts';

const BIN = fileURLToPath(new URL('../../bin/mwaa.ts', import.meta.url));
const SYNTH = fileURLToPath(new URL('../../bin/synth.ts', import.meta.url));
const PRELOAD = fileURLToPath(new URL('preload-network.ts', import.meta.url));

const region = 'eu-west-1';
const account = '111122223333';
const run = promisify(execFile);

interface InitResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe('mwaa init, of MWAA and EC2 as they are played here', () => {
  let folder: string;
  let mwaa: MwaaStandIn;
  let ec2: Ec2StandIn;
  const principals = createPrincipalStore();
  const who = (name: string, actions: string[], more = {}) => {
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] };
    return principals.issueCredentials(
      `arn:aws:sts::${account}:assumed-role/${name}/me`,
      actions.length === 0 ? [] : [policy],
      more,
    );
  };
  const environments = ['airflow:ListEnvironments', 'airflow:GetEnvironment'];
  const everything = who('all', [...environments, 'ec2:DescribeSubnets', 'ec2:DescribeVpcEndpoints']);

  beforeAll(async () => {
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
      subnets: ['1', '2'].map((end) => ({
        ...{ subnetId: `subnet-0a1b2c3d4e5f6000${end}`, vpcId: 'vpc-0a' },
        ...{ availabilityZone: `${region}${end === '1' ? 'a' : 'b'}`, ownerId: account },
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
  });
  afterAll(async () => {
    await Promise.all([mwaa.close(), ec2.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  const init = (
    as: Pick<Principal, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>,
    ...words: string[]
  ): Promise<InitResult> => {
    const network = { ...mwaa.network, [`${formatEc2Hostname(region)}:443`]: `127.0.0.1:${ec2.port}` };
    return run(process.execPath, [BIN, 'init', ...words], {
      env: {
        ...{ PATH: process.env.PATH, HOME: folder, AWS_REGION: region },
        ...createCredentialVariables(as),
        ...{
          NODE_OPTIONS: `--import ${PRELOAD}`,
          NODE_EXTRA_CA_CERTS: mwaa.caFile,
          TEST_NETWORK: JSON.stringify(network),
        },
      },
    }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  };

  test('writes what it prints, and that is a configuration that can be deployed', async () => {
    const file = join(folder, 'mwaa.yaml');

    const { code, stdout, stderr } = await init(everything, '--write', file);

    expect(stderr).toContain('next is left out');
    expect(stderr).toContain(`wrote ${file}`);
    expect(code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(stdout);
    expect(loadConfig(file)).toMatchObject({
      ...{ region, account },
      environments: {
        analytics: {
          airflow: '2.10.3',
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

  test('asks nothing of AWS where the file is there already', async () => {
    const file = join(folder, 'there.yaml');
    await writeFile(file, 'mine');
    mwaa.journal.length = 0;

    expect(await init(everything, '--write', file)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--force'),
    });
    expect(await readFile(file, 'utf8')).toBe('mine');
    expect(mwaa.journal).toEqual([]);

    expect((await init(everything, '--write', file, '--force')).code).toBe(0);
    expect(loadConfig(file).environments).toHaveProperty('analytics');
  });

  test('does without ec2:DescribeVpcEndpoints, and says in the file what is then not known', async () => {
    const { code, stdout, stderr } = await init(who('some', [...environments, 'ec2:DescribeSubnets']));

    expect(code).toBe(0);
    expect(stdout).toContain('is unknown whether the VPC has an endpoint');
    expect(stdout).toContain('webServerSecurityGroup: sg-0a1b2c3d4e5f60001');
    expect(stderr).toContain('no file was written');
  });

  const expired = who('late', environments, { expiresAt: Date.now() - 1000 });

  test.each<[what: string, as: Principal, words: string[], told: RegExp]>([
    [
      'may not list',
      who('none', []),
      [],
      /perform: airflow:ListEnvironments[\s\S]*Required permissions: airflow:ListEnvironments, /,
    ],
    ['may not look at one', who('list', ['airflow:ListEnvironments']), [], /perform: airflow:GetEnvironment/],
    ['may not ask EC2', who('mwaa', environments), [], /perform: ec2:DescribeSubnets[\s\S]*save the output/],
    ['has expired credentials', expired, [], /have expired .*aws sso login/],
    ['has the wrong secret', { ...everything, secretAccessKey: 'x' }, [], /rejects these credentials/],
    ['means a region without MWAA', everything, ['--region', 'xx-none-1'], /MWAA does not exist in xx-none-1/],
  ])('somebody who %s is told what to change', async (_, as, words, told) => {
    const { code, stdout, stderr } = await init(as, ...words);

    expect(stderr).toMatch(told);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  test('reads what the commands of its help save, where no name resolves at all', async () => {
    const saving = /^ {2}for name[\s\S]*endpoints\.json$/m.exec(INIT_USAGE.split('mwaa init --from env')[0] ?? '')?.[0];
    const page = await readFile(new URL('../../docs/deploying.md', import.meta.url), 'utf8');
    expect(page).toContain(saving?.replace(/^ {2}/gm, ''));
    // In place of the AWS CLI: what it prints for these words, indented as it does.
    const json = (value: object) => `echo '${JSON.stringify(value, null, 4)}'`;
    const cli = [
      '#!/bin/sh',
      'case "$1 $2 $4" in',
      `"mwaa list-environments Environments[]") printf 'one\\ttwo\\n' ;;`,
      ...['one', 'two'].map((name) => `"mwaa get-environment ${name}") ${json(describeSavedEnvironment(name))} ;;`),
      `"ec2 describe-subnets json") ${json({ Subnets: [{ SubnetId: 'subnet-0a', VpcId: 'vpc-0a' }] })} ;;`,
      `"ec2 describe-vpc-endpoints json") ${json({ VpcEndpoints: [] })} ;;`,
      '*) exit 1 ;;',
      'esac',
    ];
    await writeFile(join(folder, 'aws'), cli.join('\n'), { mode: 0o755 });
    const env = { PATH: `${folder}:${process.env.PATH}`, HOME: folder, NODE_OPTIONS: `--import ${PRELOAD}` };
    await run('sh', ['-ec', saving ?? ''], { cwd: folder, env });
    const files = ['environments', 'subnets', 'endpoints'].flatMap((name) => ['--from', join(folder, `${name}.json`)]);

    const { stdout } = await run(process.execPath, [BIN, 'init', ...files], { env });

    expect(stdout).toMatch(/ {2}one:\n {4}airflow: 2\.11\.2\n[\s\S]* {2}two:\n {4}airflow: 2\.11\.2\n/);
  });
});

const describeSavedEnvironment = (name: string) => ({
  Environment: {
    ...{ Name: name, Arn: `arn:aws:airflow:${region}:${account}:environment/${name}`, AirflowVersion: '2.11.2' },
    NetworkConfiguration: { SubnetIds: ['subnet-0a'], SecurityGroupIds: ['sg-0a'] },
  },
});

const createIdleRunner = (release: string): AirflowRunner => ({
  kind: 'real',
  release,
  run: () => Promise.reject(new Error('runs nothing')),
  close: async () => {},
});
