import { describe, expect, test } from 'vitest';
import { formatIntrinsics, type SynthesizedStack, synthesizeConfig } from './synthesize-config.ts';
import { TWO_ENVIRONMENTS } from './two-environments.ts';

const synthesized = synthesizeConfig(TWO_ENVIRONMENTS);
/** One environment has its endpoint made, the other says nothing of one. */
const sharedEndpointConfig = TWO_ENVIRONMENTS.replace(
  'airflowEndpoint: { securityGroup: sg-0ddd4444, ingress: false }',
  'airflowEndpoint: { create: { cidrs: [10.0.0.0/16] } }',
);
const sharedEndpointStack = synthesizeConfig(sharedEndpointConfig);

/** Where a relay may go: `sg-… tcp 443-443`. */
const listEgressRules = ({ resources }: SynthesizedStack) =>
  resources('AWS::EC2::SecurityGroup')
    .filter(({ Properties }) => Properties.GroupDescription.startsWith('Relay to'))
    .map(({ Properties }) =>
      Properties.SecurityGroupEgress.map(
        // biome-ignore lint/suspicious/noExplicitAny: a rule is EC2's
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

describe('a relay', () => {
  test('stands in the subnets of its environment', () => {
    expect(synthesized.relay('prod').function.Properties.VpcConfig.SubnetIds).toEqual([
      'subnet-0aaa1111',
      'subnet-0bbb2222',
    ]);
  });

  test('reaches 443 of the web server and of the airflow.env endpoint, and nothing else', () => {
    expect(listEgressRules(synthesized)).toEqual([
      ['sg-0eee5555 tcp 443-443', 'sg-0ddd4444 tcp 443-443'],
      ['sg-0fff6666 tcp 443-443'],
    ]);
    expect(synthesized.resources('AWS::EC2::SecurityGroupEgress')).toEqual([]);
  });

  test('has no way to the internet: no rule of a relay names addresses, and no other group lets anything out', () => {
    for (const { resources } of [synthesized, sharedEndpointStack]) {
      const rules = resources('AWS::EC2::SecurityGroup').flatMap(({ Properties }) => Properties.SecurityGroupEgress);
      const toAddresses = rules.filter(({ CidrIp, CidrIpv6 }) => (CidrIp ?? CidrIpv6) !== undefined);
      expect(toAddresses.map(({ CidrIp, IpProtocol }) => `${IpProtocol} ${CidrIp}`)).toEqual(
        toAddresses.map(() => 'icmp 255.255.255.255/32'),
      );
    }
    for (const { resources } of [synthesized, sharedEndpointStack]) {
      for (const type of ['AWS::EC2::NatGateway', 'AWS::EC2::InternetGateway', 'AWS::EC2::Route']) {
        expect(resources(type)).toEqual([]);
      }
    }
  });

  test('is reached by nothing', () => {
    for (const { Properties } of synthesized.resources('AWS::EC2::SecurityGroup')) {
      expect(Properties).not.toHaveProperty('SecurityGroupIngress');
    }
  });

  test('is let in on 443 by the groups of the web servers', () => {
    const [prod, next] = synthesized.resources('AWS::EC2::SecurityGroup');

    expect(listIngressRules(synthesized)).toEqual([
      `sg-0eee5555 tcp 443-443 from <${prod?.id}.GroupId>`,
      `sg-0fff6666 tcp 443-443 from <${next?.id}.GroupId>`,
    ]);
  });

  test('is told of by an output where a group is not ours to change', () => {
    expect(listOutputs(synthesized)).toContainEqual(
      expect.stringMatching(/^sg-0ddd4444: inbound TCP 443 from <.*Outputs\./),
    );
  });
});

describe('the endpoint for airflow.env', () => {
  const [endpoint] = sharedEndpointStack.resources('AWS::EC2::VPCEndpoint');

  test('is made once for a VPC, and open to all of it: its private DNS changes the name for all of it', () => {
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
      .find(({ Properties }) => Properties.GroupDescription.startsWith('Endpoint'));
    expect(group?.Properties.SecurityGroupIngress).toEqual([
      { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, CidrIp: '10.0.0.0/16', Description: 'The VPC' },
    ]);
  });

  test('is reached by every relay of the VPC, also of an environment that does not speak of it', () => {
    const group = endpoint?.Properties.SecurityGroupIds[0]['Fn::GetAtt'][0];

    expect(listEgressRules(sharedEndpointStack)).toEqual([
      ['sg-0eee5555 tcp 443-443', `<${group}.GroupId> tcp 443-443`],
      ['sg-0fff6666 tcp 443-443', `<${group}.GroupId> tcp 443-443`],
    ]);
  });

  test('stays while an environment that has it made is switched off, for others share it', () => {
    const off = synthesizeConfig(
      sharedEndpointConfig.replace('airflow: 2.10.3', 'enabled: false\n    airflow: 2.10.3'),
    );

    expect(off.resources('AWS::EC2::VPCEndpoint').map(({ id }) => id)).toEqual([endpoint?.id]);
    expect(listEgressRules(off)[0]).toHaveLength(2);
  });

  test('stays the same resource when another environment has it made first', () => {
    const both = sharedEndpointConfig.replace(
      'webServerSecurityGroup: sg-0fff6666 }\n    concurrency',
      'webServerSecurityGroup: sg-0fff6666, airflowEndpoint: { create: { cidrs: [10.0.0.0/16] } } }\n    concurrency',
    );
    const [one, two] = [both, both.replace('airflowEndpoint: { create: { cidrs: [10.0.0.0/16] } }', '')].map((text) =>
      synthesizeConfig(text)
        .resources('AWS::EC2::VPCEndpoint')
        .map(({ id }) => id),
    );

    expect(both).not.toBe(sharedEndpointConfig);
    expect(two).toEqual(one);
    expect(one).toEqual([endpoint?.id]);
  });

  test.each([
    ['another range', 'airflowEndpoint: { create: { cidrs: [10.1.0.0/16] } }', 'differs from that of prod'],
    ['one that is there', 'airflowEndpoint: { securityGroup: sg-0ccc3333 }', 'names an endpoint that is there'],
  ])('is one for a VPC: %s is a fault', (_what, written, message) => {
    const text = sharedEndpointConfig.replace(
      'webServerSecurityGroup: sg-0fff6666 }\n    concurrency',
      `webServerSecurityGroup: sg-0fff6666, ${written} }\n    concurrency`,
    );
    expect(() => synthesizeConfig(text)).toThrow(`environments.next.vpc.airflowEndpoint  ${message}`);
  });

  test('has the name that the region gives it', () => {
    const inChina = synthesizeConfig(sharedEndpointConfig.replace('ap-southeast-2', 'cn-north-1'));
    expect(inChina.resources('AWS::EC2::VPCEndpoint')[0]?.Properties.ServiceName).toMatch(
      /^(cn\.)?com\.amazonaws\.cn-north-1\.airflow\.env$/,
    );
  });
});

test('ids may be the names of exports of another stack', () => {
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
