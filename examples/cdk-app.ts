/**
 * The proxy as part of your own CDK app: `npx cdk deploy --app 'node bin/run.mjs examples/cdk-app.ts'`. This example creates
 * the VPC. You can also use an imported one.
 */
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { IpAddresses, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { MwaaCliProxy } from '../lib/mwaa-cli-proxy.ts';

const app = new App();
const stack = new Stack(app, 'Analytics', { env: { account: '111122223333', region: 'ap-southeast-2' } });

const vpc = new Vpc(stack, 'Vpc', {
  availabilityZones: ['ap-southeast-2a', 'ap-southeast-2b'],
  ipAddresses: IpAddresses.cidr('10.0.0.0/16'),
  natGateways: 0,
  subnetConfiguration: [{ name: 'airflow', subnetType: SubnetType.PRIVATE_ISOLATED }],
});
const webServer = new SecurityGroup(stack, 'WebServer', { vpc, description: 'Airflow web server' });
const nightly = new Role(stack, 'Nightly', {
  roleName: 'nightly',
  assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
});

const proxy = new MwaaCliProxy(stack, 'Proxy', {
  api: { callers: { principals: [`arn:aws:iam::${stack.account}:role/nightly`] } },
  environments: {
    'analytics-prod': {
      airflow: '2.10.3',
      vpc: {
        id: vpc.vpcId,
        subnets: vpc.isolatedSubnets.map(({ subnetId }) => subnetId),
        webServerSecurityGroup: webServer.securityGroupId,
        airflowEndpoint: { create: { cidrs: [vpc.vpcCidrBlock] } },
      },
    },
  },
  grants: [
    {
      who: `arn:aws:iam::${stack.account}:role/nightly`,
      where: 'analytics-prod',
      may: ['@health', 'dags trigger nightly_* --conf=*', 'dags list-runs --dag-id=nightly_*'],
    },
  ],
});
proxy.grantInvoke(nightly);
new CfnOutput(stack, 'ProxyUrl', { value: proxy.url });

app.synth();
