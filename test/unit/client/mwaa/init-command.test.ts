import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { describeAwsError } from '../../../../client/mwaa/init/describe-aws-error.ts';
import { runMwaa } from '../../../../client/mwaa/run-mwaa.ts';
import { parseConfig } from '../../../../config/parse-config.ts';
import { CATALOGS } from '../../../../files/catalogs.ts';
import { createRecordedTerminal } from '../../../create-recorded-terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'init-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function runInit(words: string[], stdin = '') {
  const { terminal, written } = createRecordedTerminal({}, stdin);
  return { exitCode: await runMwaa(['init', ...words], terminal), ...written };
}

/** One text of standard input, as a loop in a shell would have saved it. */
const formatSavedOutput = (...answers: object[]) =>
  runInit(['--from', '-'], answers.map((one) => JSON.stringify(one, null, 4)).join('\n'));

const createEnvironment = (
  more: object = {},
  arn = 'arn:aws:airflow:eu-west-1:111122223333:environment/analytics',
) => ({
  Environment: {
    Name: arn.slice(arn.lastIndexOf('/') + 1),
    Arn: arn,
    AirflowVersion: '2.10.3',
    Status: 'AVAILABLE',
    WebserverAccessMode: 'PRIVATE_ONLY',
    EndpointManagement: 'SERVICE',
    NetworkConfiguration: { SubnetIds: ['subnet-0a', 'subnet-0b'], SecurityGroupIds: ['sg-0a'] },
    ...more,
  },
});
const createSubnet = (SubnetId: string, VpcId = 'vpc-0a', OwnerId = '111122223333') => ({ SubnetId, VpcId, OwnerId });
const subnets = {
  Subnets: [createSubnet('subnet-0a'), createSubnet('subnet-0b'), createSubnet('subnet-0c', 'vpc-0c')],
};
const createEndpoint = (VpcEndpointId: string, ServiceName: string, groups: string[], more = {}) => ({
  ...{ VpcEndpointId, ServiceName, VpcId: 'vpc-0a', State: 'available', PrivateDnsEnabled: true },
  Groups: groups.map((GroupId) => ({ GroupId, GroupName: 'any' })),
  ...more,
});
const createEndpoints = (...VpcEndpoints: object[]) => ({ VpcEndpoints });
const AIRFLOW_ENV = 'com.amazonaws.eu-west-1.airflow.env';
const WEB_SERVER_SERVICE = 'com.amazonaws.vpce.eu-west-1.vpce-svc-0a';
const createPrivateEnvironment = (more = {}) =>
  createEnvironment({ WebserverVpcEndpointService: WEB_SERVER_SERVICE, ...more });
const createNetwork = (...SecurityGroupIds: string[]) => ({
  NetworkConfiguration: { SubnetIds: ['subnet-0a', 'subnet-0b'], SecurityGroupIds },
});

/** Without the line breaks and signs of comments. */
const joinComments = (text: string) => text.replace(/\n *#(?: #)* */g, ' ');

describe('mwaa init, from saved answers', () => {
  test('the whole file, of one environment', async () => {
    const asked = [createEnvironment(), subnets, createEndpoints(createEndpoint('vpce-0e', AIRFLOW_ENV, ['sg-0e']))];

    expect(await formatSavedOutput(...asked)).toEqual({
      exitCode: 0,
      stderr: 'mwaa init: nothing is written. --write FILE does that.\n',
      stdout: `# Made by "mwaa init" from what AWS says. Every key: docs/deploying.md.
region: eu-west-1
account: "111122223333"

api:
  endpoint: regional   # or private, which is reached by an endpoint of a VPC alone: docs/deploying.md
  # callers: left out, those whom grants name, and nobody else.

environments:
  analytics:
    airflow: 2.10.3
    vpc:
      id: vpc-0a
      subnets: [subnet-0a, subnet-0b]
      webServerSecurityGroup: sg-0a
      # Of the endpoint for airflow.env, vpce-0e.
      airflowEndpoint: { securityGroup: sg-0e }

# Nothing is granted that is not written here (docs/policy.md). To begin with, put in place of []:
#   - who: arn:aws:iam::111122223333:role/ROLE
#     where: "*"
#     may: ["@read", "@health"]
grants: []
`,
    });
  });

  const other = (end: string, more = {}) => createEnvironment(more, `arn:aws:airflow:${end}`);
  const CHINA = 'cn-north-1:111122223333:environment/analytics';

  test.each<[what: string, answers: object[], has: RegExp[]]>([
    [
      'its own web server endpoint',
      [
        createPrivateEnvironment(),
        subnets,
        createEndpoints(createEndpoint('vpce-0w', WEB_SERVER_SERVICE, ['sg-0w', 'sg-0x'])),
      ],
      [
        /Of the web server's endpoint, vpce-0w\. The first of several; any of them will do\. The others: sg-0x\.\n +webServerSecurityGroup: sg-0w\b/,
      ],
    ],
    [
      'several groups',
      [createEnvironment(createNetwork('sg-0a', 'sg-0b', 'sg-0c')), subnets],
      [/The others: sg-0b, sg-0c\.\n +webServerSecurityGroup: sg-0a\n/],
    ],
    [
      'endpoints of its owner, which are not known',
      [createPrivateEnvironment({ EndpointManagement: 'CUSTOMER' }), subnets],
      [
        /You manage its endpoints yourselves: check that this group .* \(service com\.amazonaws\.vpce\.eu-west-1\.vpce-svc-0a\)\.\n +webServerSecurityGroup: sg-0a\b/,
      ],
    ],
    [
      'endpoints of its owner, which are known',
      [
        createPrivateEnvironment({ EndpointManagement: 'CUSTOMER' }),
        subnets,
        createEndpoints(createEndpoint('vpce-0w', WEB_SERVER_SERVICE, ['sg-0w'])),
      ],
      [/webServerSecurityGroup: sg-0w\n/],
    ],
    [
      'no endpoint for tokens',
      [createEnvironment(), subnets, createEndpoints(createEndpoint('vpce-0s', 'com.amazonaws.eu-west-1.s3', []))],
      [
        /The VPC has no endpoint for airflow\.env, .* airflowEndpoint: \{ securityGroup: sg-… \} airflowEndpoint: \{ create:/,
      ],
    ],
    [
      'endpoints that nobody told of',
      [createEnvironment(), subnets],
      [/it is not known here whether the VPC has one\./],
    ],
    [
      "an endpoint for tokens that is gone, and another VPC's",
      [
        createEnvironment(),
        subnets,
        createEndpoints(
          createEndpoint('vpce-0e', AIRFLOW_ENV, ['sg-0e'], { State: 'deleted' }),
          createEndpoint('vpce-0f', AIRFLOW_ENV, ['sg-0f'], { VpcId: 'vpc-0c' }),
        ),
      ],
      [/The VPC has no endpoint for airflow\.env/],
    ],
    [
      'two endpoints for tokens, of which the second has private DNS',
      [
        createEnvironment(),
        subnets,
        createEndpoints(
          createEndpoint('vpce-0e', AIRFLOW_ENV, ['sg-0e'], { PrivateDnsEnabled: false }),
          createEndpoint('vpce-0f', AIRFLOW_ENV, ['sg-0f']),
        ),
      ],
      [/# Of the endpoint for airflow\.env, vpce-0f\.\n +airflowEndpoint: \{ securityGroup: sg-0f \}\n/],
    ],
    [
      'an endpoint for tokens without private DNS',
      [
        createEnvironment(),
        subnets,
        createEndpoints(createEndpoint('vpce-0e', AIRFLOW_ENV, ['sg-0e'], { PrivateDnsEnabled: false })),
      ],
      [/It has no private DNS: switch that on, .*\n +airflowEndpoint: \{ securityGroup: sg-0e \}\n/],
    ],
    [
      'a public and a private web server',
      [createEnvironment({ WebserverAccessMode: 'PUBLIC_AND_PRIVATE', AirflowVersion: '3.2.1' }), subnets],
      [/is public and private\. .* webServerHostname .*\n {2}analytics:\n {4}airflow: 3\.2\.1\n/],
    ],
    [
      'a release that may change',
      [createEnvironment({ Status: 'UPDATING' }), subnets],
      [/\(UPDATING\)\. Its release may be another .*\n {2}analytics:\n/],
    ],
    [
      'a VPC of another account',
      [
        createEnvironment(),
        { Subnets: [createSubnet('subnet-0a', 'vpc-0a', '444455556666'), createSubnet('subnet-0b')] },
      ],
      [/Its VPC is shared by account 444455556666\. .* webServerIngress .*\n {2}analytics:\n/],
    ],
    [
      'one answer for one of two subnets',
      [createEnvironment(), { Subnets: [createSubnet('subnet-0a')] }],
      [/id: vpc-0a\n/],
    ],
    [
      'two environments in two VPCs',
      [
        createEnvironment(),
        other('eu-west-1:111122223333:environment/next', {
          NetworkConfiguration: { SubnetIds: ['subnet-0c'], SecurityGroupIds: ['sg-0c'] },
        }),
        subnets,
      ],
      [/ {2}analytics:\n[\s\S]*id: vpc-0a\n[\s\S]* {2}next:\n[\s\S]*id: vpc-0c\n/],
    ],
    [
      'China',
      [
        createEnvironment({}, `arn:aws-cn:airflow:${CHINA}`),
        subnets,
        createEndpoints(createEndpoint('vpce-0e', 'cn.com.amazonaws.cn-north-1.airflow.env', ['sg-0e'])),
      ],
      [
        /^region: cn-north-1$/m,
        /who: arn:aws-cn:iam::111122223333:role\/ROLE/,
        /airflowEndpoint: \{ securityGroup: sg-0e \}/,
      ],
    ],
    [
      'a name that is something else in YAML, and an account that is a number',
      [other('eu-west-1:000000000012:environment/null'), subnets],
      [/^account: "000000000012"$/m, /^ {2}"null":$/m],
    ],
    [
      'one name in several regions and accounts',
      [
        createEnvironment(),
        other('us-east-1:111122223333:environment/analytics'),
        other('us-east-1:444455556666:environment/analytics'),
        subnets,
      ],
      [
        / {2}analytics-us-east-1:\n {4}airflow: 2\.10\.3\n {4}mwaaName: analytics\n {4}region: us-east-1\n/,
        / {2}analytics-444455556666-us-east-1:\n {4}airflow: 2\.10\.3\n {4}mwaaName: analytics\n {4}account: "444455556666"\n {4}region: us-east-1\n/,
      ],
    ],
    [
      'the same environment twice',
      [createEnvironment(), createEnvironment(), subnets],
      [/^ {2}analytics:\n(?![\s\S]*analytics)/m],
    ],
  ])('%s', async (_, answers, has) => {
    const { exitCode, stdout } = await formatSavedOutput(...answers);

    expect(exitCode).toBe(0);
    for (const pattern of has)
      expect(
        [stdout, joinComments(stdout)].some((text) => pattern.test(text)),
        `${pattern}\n${stdout}`,
      ).toBe(true);
    expect(parseConfig(stdout, 'made.yaml', CATALOGS).warnings).toHaveLength(1);
  });

  const good = createEnvironment({}, 'arn:aws:airflow:eu-west-1:111122223333:environment/good');

  test.each<[what: string, answers: object, told: RegExp]>([
    ['release without a command tree', { AirflowVersion: '4.0.1' }, /Airflow 4\.0\.1 has no command tree here/],
    ['public web server', { WebserverAccessMode: 'PUBLIC_ONLY' }, /public \(PUBLIC_ONLY\)/],
    ['environment that is being deleted', { Status: 'DELETING' }, /being deleted/],
    [
      'environment whose subnets no answer has',
      { NetworkConfiguration: { SubnetIds: ['subnet-0x'], SecurityGroupIds: ['sg-0a'] } },
      /aws ec2 describe-subnets --subnet-ids subnet-0x/,
    ],
    [
      'environment in several VPCs',
      { NetworkConfiguration: { SubnetIds: ['subnet-0a', 'subnet-0c'], SecurityGroupIds: ['sg-0a'] } },
      /several VPCs, by the answers: vpc-0a, vpc-0c/,
    ],
  ])('%s: stands in the file as a comment that says why, and on standard error', async (_, more, told) => {
    const { exitCode, stdout, stderr } = await formatSavedOutput(createEnvironment(more), good, subnets);

    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/^mwaa init: analytics is left out\. /);
    expect(stderr).toMatch(told);
    expect(joinComments(stdout)).toMatch(told);
    expect(stdout).toMatch(/^ {2}# analytics:\n {2}# {3}airflow: /m);
    expect(Object.keys(parseConfig(stdout, 'made.yaml', CATALOGS).environments)).toEqual(['good']);
  });

  test('where nothing is left, nothing is printed and nothing written', async () => {
    const file = join(folder, 'nothing.yaml');
    const text = JSON.stringify([createEnvironment({ WebserverAccessMode: 'PUBLIC_ONLY' }), subnets]);

    const { exitCode, stdout, stderr } = await runInit(['--from', '-', '--write', file], text);

    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/PUBLIC_ONLY[\s\S]*nothing is left for a configuration/);
    expect(existsSync(file)).toBe(false);
  });

  test('the comments of what is proposed are good as they stand', async () => {
    const { stdout } = await formatSavedOutput(createEnvironment(), subnets);
    const uncommented = stdout
      .replace(/\ngrants: \[\]\n/, '\n')
      .replace(/^#( {3}- who[\s\S]*)/m, (_, grants: string) => `grants:\n${grants.replace(/^#/gm, '')}`)
      .replace(/# (airflowEndpoint: \{ securityGroup: )sg-…/, '$1sg-0e');

    const config = parseConfig(` ${uncommented}`.trim(), 'made.yaml', CATALOGS);

    expect(config.grants).toMatchObject([{ may: ['@read', '@health'], where: ['*'] }]);
    expect(config.environments.analytics?.vpc.airflowEndpoint).toMatchObject({ securityGroup: 'sg-0e' });
    expect(config.warnings).toEqual([]);
  });

  test('what was saved cannot break out of a comment', async () => {
    const { stdout } = await formatSavedOutput(
      createPrivateEnvironment({ EndpointManagement: 'CUSTOMER', WebserverVpcEndpointService: 'x\ngrants: [' }),
      subnets,
    );

    expect(parseConfig(stdout, 'made.yaml', CATALOGS).grants).toEqual([]);
  });

  test('files in any number, from one word or several', async () => {
    const [a, b] = [join(folder, 'a.json'), join(folder, 'b.json')];
    writeFileSync(a, JSON.stringify(createEnvironment()));
    writeFileSync(b, `${JSON.stringify(subnets)}\r\n${JSON.stringify(createEndpoints())}\r\n`);

    expect(await runInit(['--from', a, b])).toMatchObject({ exitCode: 0 });
    expect(await runInit(['--from', a, '--from', b])).toEqual(await runInit(['--from', a, b]));
  });

  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  test.each<[words: string[], complaint: RegExp]>([
    [['somewhere.json'], /come after --from/],
    [['--from', '/nowhere.json'], /\/nowhere\.json cannot be read \(ENOENT\)/],
    [['--from', file('text.txt', 'NAME  analytics')], /text\.txt is not JSON: [\s\S]*--output json/],
    [
      ['--from', file('list.json', '{"Environments": ["a"]}')],
      /list\.json has only the names .*aws mwaa get-environment --name NAME/,
    ],
    [['--from', file('vpcs.json', '{"Vpcs": []}')], /vpcs\.json is no answer .*"Subnets" \(aws ec2 describe-subnets\)/],
    [['--from', file('null.json', 'null')], /null\.json is no answer/],
    [['--from', file('s.json', JSON.stringify(subnets))], /no environment in them/],
    [
      [
        '--from',
        file('hidden.json', JSON.stringify(createEnvironment({ Arn: 'arn:aws:airflow:eu-west-1:xxxx:environment/a' }))),
      ],
      /hidden\.json: Environment\.Arn: expected arn:aws:airflow:REGION:ACCOUNT:environment\/NAME\nExpected: what aws mwaa get-environment/,
    ],
    [
      ['--from', file('name.json', JSON.stringify(createEnvironment({ Name: '1 or 2' })))],
      /name\.json: Environment\.Name: .*must begin with a letter/,
    ],
    [
      ['--from', file('less.json', JSON.stringify(createEnvironment({ NetworkConfiguration: { SubnetIds: [] } })))],
      /less\.json: Environment\.NetworkConfiguration\.SubnetIds: [\s\S]*SecurityGroupIds: /,
    ],
    [['--from', '-', '--region', 'eu-west-1'], /leave out --region/],
    [['--write', file('there.yaml', 'mine')], /there\.yaml is there already/],
    [
      ['--from', file('good.json', JSON.stringify([createEnvironment(), subnets])), '--write', '/nowhere/x'],
      /\/nowhere\/x cannot be written/,
    ],
    [['--nonsense'], /--nonsense/],
  ])('%j is bad usage: exit status 2, on standard error', async (words, complaint) => {
    expect(await runInit(words)).toEqual({ exitCode: 2, stdout: '', stderr: expect.stringMatching(complaint) });
  });

  test('environments of several partitions are a fault of the configuration, and nothing is printed', async () => {
    const china = createEnvironment({}, 'arn:aws-cn:airflow:cn-north-1:111122223333:environment/china');

    expect(await formatSavedOutput(createEnvironment(), china, subnets)).toMatchObject({
      ...{ exitCode: 2, stdout: '' },
      stderr: expect.stringContaining('several partitions (aws, aws-cn)'),
    });
  });

  test('helps, with the commands that save answers', async () => {
    expect(await runInit(['--help'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('aws mwaa get-environment'),
    });
  });
});

describe('what AWS refuses is told with what to change', () => {
  const sdkError = (name: string, message = 'no', more = {}) => Object.assign(new Error(message), { name, ...more });
  const answered = { $metadata: { httpStatusCode: 400 } };

  test.each<[error: Error, told: RegExp]>([
    [sdkError('AccessDeniedException'), /may not ask[\s\S]*airflow:GetEnvironment/],
    [sdkError('UnauthorizedOperation'), /may not ask/],
    [sdkError('ExpiredToken'), /have expired/],
    [sdkError('AuthFailure'), /does not take these credentials/],
    [sdkError('OptInRequired'), /region is switched on/],
    [sdkError('InvalidSignatureException'), /this machine's clock/],
    [sdkError('RequestLimitExceeded'), /too often/],
    [sdkError('AbortError'), /within 20 seconds/],
    [sdkError('ZodError', 'AirflowVersion'), /cannot be read here\. ZodError: AirflowVersion/],
    [
      sdkError('InternalServerException', 'oh', answered),
      /answered with an error in eu-west-1\. InternalServerException: oh/,
    ],
    [sdkError('Error', 'getaddrinfo', { code: 'ENOTFOUND' }), /no MWAA in eu-west-1/],
    [
      sdkError('Error', 'connect', { code: 'ECONNREFUSED' }),
      /cannot be reached in eu-west-1 \(ECONNREFUSED: connect\)/,
    ],
  ])('%s', (error, told) => {
    expect(describeAwsError(error, 'eu-west-1')).toMatch(told);
  });
});
