import { describe, expect, test } from 'vitest';
import { TWO_ENVIRONMENTS } from '../fixtures/two-environments.ts';
import { formatIntrinsics, type SynthesizedStack, synthesizeConfig } from './synthesize-config.ts';

const synthesized = synthesizeConfig(TWO_ENVIRONMENTS);
/** One environment creates the endpoint; the other does not mention it. */
const sharedEndpointConfig = TWO_ENVIRONMENTS.replace(
  'airflowEndpoint: { securityGroup: sg-0ddd4444, ingress: false }',
  'airflowEndpoint: { create: { cidrs: [10.0.0.0/16] } }',
);
const sharedEndpointStack = synthesizeConfig(sharedEndpointConfig);

/** Lists the outbound rules of each relay, such as `sg-… tcp 443-443`. */
const listEgressRules = ({ resources }: SynthesizedStack) =>
  resources('AWS::EC2::SecurityGroup')
    .filter(({ Properties }) => Properties.GroupDescription.startsWith('Relay of'))
    .map(({ Properties }) =>
      Properties.SecurityGroupEgress.map(
        // biome-ignore lint/suspicious/noExplicitAny: EC2 defines the rules
        ({ DestinationSecurityGroupId, IpProtocol, FromPort, ToPort, CidrIp }: any) =>
          `${formatIntrinsics(DestinationSecurityGroupId ?? CidrIp)} ${IpProtocol} ${FromPort}-${ToPort}`,
      ),
    );

const listIngressRules = ({ resources }: SynthesizedStack) =>
  resources('AWS::EC2::SecurityGroupIngress').map(({ Properties }) => {
    const { GroupId, IpProtocol, FromPort, ToPort, SourceSecurityGroupId } = Properties;
    return `${formatIntrinsics(GroupId)} ${IpProtocol} ${FromPort}-${ToPort} from ${formatIntrinsics(SourceSecurityGroupId)}`;
  });

const listOutputs = ({ outputs }: SynthesizedStack) =>
  Object.values(outputs).map(({ Value }) => formatIntrinsics(Value));

test('environments whose names differ only in punctuation each have an output with the rule that they need', () => {
  const prod = /^ {2}prod:.*(?:\n {4}.*)*/m.exec(TWO_ENVIRONMENTS)?.[0] ?? '';
  const names = ['etl-prod', 'etl_prod', 'etlprod'];
  const environments = names.map((name) => prod.replace('prod:', `${name}:`)).join('\n');
  const { outputs } = synthesizeConfig(
    TWO_ENVIRONMENTS.replace(prod, environments).replaceAll('where: prod', 'where: etl-prod'),
  );
  expect(Object.keys(outputs).filter((name) => name.includes('RequiredRule'))).toHaveLength(names.length);
});

describe('a relay', () => {
  test('is in the subnets of its environment', () => {
    expect(synthesized.relay('prod').function.Properties.VpcConfig.SubnetIds).toEqual([
      'subnet-0aaa1111',
      'subnet-0bbb2222',
    ]);
  });

  test('may connect to port 443 of the web server and the airflow.env endpoint, and to nothing else', () => {
    expect(listEgressRules(synthesized)).toEqual([
      ['sg-0eee5555 tcp 443-443', 'sg-0ddd4444 tcp 443-443'],
      ['sg-0fff6666 tcp 443-443'],
    ]);
    expect(synthesized.resources('AWS::EC2::SecurityGroupEgress')).toEqual([]);
  });

  test('has no route to the internet, and no security group allows outbound connections to IP addresses', () => {
    for (const { resources } of [synthesized, sharedEndpointStack]) {
      const rules = resources('AWS::EC2::SecurityGroup').flatMap(({ Properties }) => Properties.SecurityGroupEgress);
      const cidrRules = rules.filter(({ CidrIp, CidrIpv6 }) => (CidrIp ?? CidrIpv6) !== undefined);
      expect(cidrRules.map(({ CidrIp, IpProtocol }) => `${IpProtocol} ${CidrIp}`)).toEqual(
        cidrRules.map(() => 'icmp 255.255.255.255/32'),
      );
    }
    for (const { resources } of [synthesized, sharedEndpointStack]) {
      for (const type of ['AWS::EC2::NatGateway', 'AWS::EC2::InternetGateway', 'AWS::EC2::Route']) {
        expect(resources(type)).toEqual([]);
      }
    }
  });

  test('accepts no inbound connections', () => {
    for (const { Properties } of synthesized.resources('AWS::EC2::SecurityGroup')) {
      expect(Properties).not.toHaveProperty('SecurityGroupIngress');
    }
  });

  test('is allowed to connect to port 443 by the security groups of the web servers', () => {
    const [prod, next] = synthesized.resources('AWS::EC2::SecurityGroup');

    expect(listIngressRules(synthesized)).toEqual([
      `sg-0eee5555 tcp 443-443 from <${prod?.id}.GroupId>`,
      `sg-0fff6666 tcp 443-443 from <${next?.id}.GroupId>`,
    ]);
  });

  test('has an output with the required rule for a security group of another team', () => {
    expect(listOutputs(synthesized)).toContainEqual(
      expect.stringMatching(/^sg-0ddd4444: inbound TCP 443 from <.*Outputs\./),
    );
  });
});

describe('the endpoint for airflow.env', () => {
  const [endpoint] = sharedEndpointStack.resources('AWS::EC2::VPCEndpoint');

  test('is created once per VPC, with private DNS, and open to the whole VPC', () => {
    expect(sharedEndpointStack.resources('AWS::EC2::VPCEndpoint')).toHaveLength(1);
    expect(endpoint?.Properties).toMatchObject({
      ServiceName: 'com.amazonaws.ap-southeast-2.airflow.env',
      VpcEndpointType: 'Interface',
      VpcId: 'vpc-0abc1234',
      SubnetIds: ['subnet-0aaa1111', 'subnet-0bbb2222'],
      PrivateDnsEnabled: true,
    });
    const group = sharedEndpointStack
      .resources('AWS::EC2::SecurityGroup')
      .find(({ Properties }) => Properties.GroupDescription.startsWith('Interface endpoint'));
    expect(group?.Properties.SecurityGroupIngress).toEqual([
      { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '10.0.0.0/16', Description: 'VPC' },
    ]);
  });

  test('is reachable from every relay in the VPC, even if its environment does not configure it', () => {
    const group = endpoint?.Properties.SecurityGroupIds[0]['Fn::GetAtt'][0];

    expect(listEgressRules(sharedEndpointStack)).toEqual([
      ['sg-0eee5555 tcp 443-443', `<${group}.GroupId> tcp 443-443`],
      ['sg-0fff6666 tcp 443-443', `<${group}.GroupId> tcp 443-443`],
    ]);
  });

  test('remains if the environment that creates it is disabled, because other environments share it', () => {
    const disabledStack = synthesizeConfig(
      sharedEndpointConfig.replace('airflow: 2.10.3', 'enabled: false\n    airflow: 2.10.3'),
    );

    expect(disabledStack.resources('AWS::EC2::VPCEndpoint').map(({ id }) => id)).toEqual([endpoint?.id]);
    expect(listEgressRules(disabledStack)[0]).toHaveLength(2);
  });

  test('is the same resource if another environment creates it', () => {
    const bothConfig = sharedEndpointConfig.replace(
      'webServerSecurityGroup: sg-0fff6666 }\n    concurrency',
      'webServerSecurityGroup: sg-0fff6666, airflowEndpoint: { create: { cidrs: [10.0.0.0/16] } } }\n    concurrency',
    );
    const [withBoth, withSecond] = [
      bothConfig,
      bothConfig.replace('airflowEndpoint: { create: { cidrs: [10.0.0.0/16] } }', ''),
    ].map((text) =>
      synthesizeConfig(text)
        .resources('AWS::EC2::VPCEndpoint')
        .map(({ id }) => id),
    );

    expect(bothConfig).not.toBe(sharedEndpointConfig);
    expect(withSecond).toEqual(withBoth);
    expect(withBoth).toEqual([endpoint?.id]);
  });

  test('has the service name of its region', () => {
    const chinaStack = synthesizeConfig(
      `${sharedEndpointConfig.replace('ap-southeast-2', 'cn-north-1')}functionPolicies: permissions\n`,
    );
    expect(chinaStack.resources('AWS::EC2::VPCEndpoint')[0]?.Properties.ServiceName).toMatch(
      /^(cn\.)?com\.amazonaws\.cn-north-1\.airflow\.env$/,
    );
  });
});

test('IDs may be exports of another stack', () => {
  const { relay, resources } = synthesizeConfig(`
region: eu-west-1
environments:
  prod:
    airflow: 2.10.3
    vpc:
      id: { export: network:VpcId }
      subnets: [{ export: network:PrivateA }, { export: network:PrivateB }]
      webServerSecurityGroup: { export: airflow:WebServerGroup }
`);
  const [group] = resources('AWS::EC2::SecurityGroup');

  expect(group?.Properties.VpcId).toEqual({ 'Fn::ImportValue': 'network:VpcId' });
  expect(relay('prod').function.Properties.VpcConfig.SubnetIds).toEqual([
    { 'Fn::ImportValue': 'network:PrivateA' },
    { 'Fn::ImportValue': 'network:PrivateB' },
  ]);
  expect(group?.Properties.SecurityGroupEgress[0].DestinationSecurityGroupId).toEqual({
    'Fn::ImportValue': 'airflow:WebServerGroup',
  });
});
