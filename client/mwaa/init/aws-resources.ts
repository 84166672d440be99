import { z } from 'zod';
import { ENVIRONMENT_NAME_MESSAGE, ENVIRONMENT_NAME_PATTERN } from '../../../config/environment-name.ts';

const ENVIRONMENT_ARN = /^arn:aws[\w-]*:airflow:([a-z0-9-]+):(\d{12}):environment\/.+$/;

const matchingText = (pattern: RegExp, expected: string) => z.string().regex(pattern, expected);
const resourceId = (prefix: string) =>
  matchingText(new RegExp(`^${prefix}-[0-9a-z]+$`), `expected an id like ${prefix}-0abc1234`);

/** The members of `GetEnvironment` that are used. */
export const mwaaEnvironmentSchema = z.object({
  Name: matchingText(ENVIRONMENT_NAME_PATTERN, ENVIRONMENT_NAME_MESSAGE),
  Arn: matchingText(ENVIRONMENT_ARN, 'expected arn:aws:airflow:REGION:ACCOUNT:environment/NAME'),
  AirflowVersion: matchingText(/^\d+\.\d+\.\d+$/, 'expected a release like 2.10.3'),
  Status: z.string().optional(),
  WebserverAccessMode: z.string().optional(),
  EndpointManagement: z.string().optional(),
  /** The endpoint service of a private web server. */
  WebserverVpcEndpointService: z.string().optional(),
  NetworkConfiguration: z.object({
    SubnetIds: z.array(resourceId('subnet')).min(1),
    SecurityGroupIds: z.array(resourceId('sg')).min(1),
  }),
});

/** The members of EC2's `DescribeSubnets` that are used. */
export const subnetSchema = z.object({
  SubnetId: resourceId('subnet'),
  VpcId: resourceId('vpc'),
  AvailabilityZone: z.string().optional(),
  OwnerId: z.string().optional(),
});

/** The members of EC2's `DescribeVpcEndpoints` that are used. */
export const vpcEndpointSchema = z.object({
  VpcEndpointId: resourceId('vpce'),
  ServiceName: z.string(),
  VpcId: resourceId('vpc'),
  State: z.string().optional(),
  PrivateDnsEnabled: z.boolean().optional(),
  /** Empty for gateway endpoints. */
  Groups: z.array(z.object({ GroupId: resourceId('sg') })).default([]),
});

/** The members of Lambda's `GetAccountSettings` that are used. */
export const accountLimitSchema = z.object({
  /** How many functions the account may run at the same time in this region. */
  ConcurrentExecutions: z.int(),
  /** How much of it no function has reserved. */
  UnreservedConcurrentExecutions: z.int(),
});

/** The members of API Gateway's `GetAccount` that are used. Its members begin with a lower-case letter. */
export const apiGatewayAccountSchema = z.object({
  /** Absent if no role is set. */
  cloudwatchRoleArn: z.string().optional(),
});

export type AccountLimit = z.output<typeof accountLimitSchema>;
export type ApiGatewayAccount = z.output<typeof apiGatewayAccountSchema>;
export type MwaaEnvironment = z.output<typeof mwaaEnvironmentSchema>;
export type VpcSubnet = z.output<typeof subnetSchema>;
export type VpcEndpoint = z.output<typeof vpcEndpointSchema>;

/** The resources that a configuration is generated from, fetched from AWS or read from saved output. */
export interface AwsResources {
  readonly environments: readonly MwaaEnvironment[];
  readonly subnets: readonly VpcSubnet[];
  /** Undefined if they are unknown. */
  readonly endpoints?: readonly VpcEndpoint[] | undefined;
  /** Of Lambda. Undefined if it is unknown. */
  readonly accountLimit?: AccountLimit | undefined;
  /** Undefined if it is unknown. */
  readonly apiGatewayAccount?: ApiGatewayAccount | undefined;
}

/** The region and the account in the ARN of an environment. */
export function parseEnvironmentArn({ Arn }: MwaaEnvironment): { region: string; account: string } {
  const [, region = '', account = ''] = ENVIRONMENT_ARN.exec(Arn) ?? [];
  return { region, account };
}
