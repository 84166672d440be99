import { z } from 'zod';
import { ENVIRONMENT_NAME_MESSAGE, ENVIRONMENT_NAME_PATTERN } from '../../../config/environment-name.ts';

const ENVIRONMENT_ARN = /^arn:aws[\w-]*:airflow:([a-z0-9-]+):(\d{12}):environment\/.+$/;

const matchingText = (pattern: RegExp, expected: string) => z.string().regex(pattern, expected);
const resourceId = (prefix: string) =>
  matchingText(new RegExp(`^${prefix}-[0-9a-z]+$`), `expected an id like ${prefix}-0abc1234`);

/** What is read of an environment, in the members of `GetEnvironment`. */
export const mwaaEnvironmentSchema = z.object({
  Name: matchingText(ENVIRONMENT_NAME_PATTERN, ENVIRONMENT_NAME_MESSAGE),
  Arn: matchingText(ENVIRONMENT_ARN, 'expected arn:aws:airflow:REGION:ACCOUNT:environment/NAME'),
  AirflowVersion: matchingText(/^\d+\.\d+\.\d+$/, 'expected a release like 2.10.3'),
  Status: z.string().optional(),
  WebserverAccessMode: z.string().optional(),
  EndpointManagement: z.string().optional(),
  /** Of a private web server: the service that its endpoint leads to. */
  WebserverVpcEndpointService: z.string().optional(),
  NetworkConfiguration: z.object({
    SubnetIds: z.array(resourceId('subnet')).min(1),
    SecurityGroupIds: z.array(resourceId('sg')).min(1),
  }),
});

/** What is read of a subnet, in the members of EC2's `DescribeSubnets`. */
export const subnetSchema = z.object({
  SubnetId: resourceId('subnet'),
  VpcId: resourceId('vpc'),
  AvailabilityZone: z.string().optional(),
  OwnerId: z.string().optional(),
});

/** What is read of an endpoint, in the members of EC2's `DescribeVpcEndpoints`. */
export const vpcEndpointSchema = z.object({
  VpcEndpointId: resourceId('vpce'),
  ServiceName: z.string(),
  VpcId: resourceId('vpc'),
  State: z.string().optional(),
  PrivateDnsEnabled: z.boolean().optional(),
  /** Gateway endpoints have none. */
  Groups: z.array(z.object({ GroupId: resourceId('sg') })).default([]),
});

export type MwaaEnvironment = z.output<typeof mwaaEnvironmentSchema>;
export type VpcSubnet = z.output<typeof subnetSchema>;
export type VpcEndpoint = z.output<typeof vpcEndpointSchema>;

/** What AWS says, or has said. */
export interface AwsResources {
  readonly environments: readonly MwaaEnvironment[];
  readonly subnets: readonly VpcSubnet[];
  /** Undefined: AWS was not asked, or did not say. */
  readonly endpoints?: readonly VpcEndpoint[] | undefined;
}

/** Where an environment is, by its ARN. */
export function parseEnvironmentArn({ Arn }: MwaaEnvironment): { region: string; account: string } {
  const [, region = '', account = ''] = ENVIRONMENT_ARN.exec(Arn) ?? [];
  return { region, account };
}
