import { z } from 'zod';
import { ENVIRONMENT_NAME, ENVIRONMENT_NAME_RULE } from '../../../lib/config/config-schema.ts';

const ENVIRONMENT_ARN = /^arn:aws[\w-]*:airflow:([a-z0-9-]+):(\d{12}):environment\/.+$/;

const text = (pattern: RegExp, expected: string) => z.string().regex(pattern, expected);
const id = (prefix: string) => text(new RegExp(`^${prefix}-[0-9a-z]+$`), `expected an id like ${prefix}-0abc1234`);

/** What is read of an environment, in the members of `GetEnvironment`. */
export const environmentAnswer = z.object({
  Name: text(ENVIRONMENT_NAME, ENVIRONMENT_NAME_RULE),
  Arn: text(ENVIRONMENT_ARN, 'expected arn:aws:airflow:REGION:ACCOUNT:environment/NAME'),
  AirflowVersion: text(/^\d+\.\d+\.\d+$/, 'expected a release like 2.10.3'),
  Status: z.string().optional(),
  WebserverAccessMode: z.string().optional(),
  EndpointManagement: z.string().optional(),
  /** Of a private web server: the service that its endpoint leads to. */
  WebserverVpcEndpointService: z.string().optional(),
  NetworkConfiguration: z.object({
    SubnetIds: z.array(id('subnet')).min(1),
    SecurityGroupIds: z.array(id('sg')).min(1),
  }),
});

/** What is read of a subnet, in the members of EC2's `DescribeSubnets`. */
export const subnetAnswer = z.object({
  SubnetId: id('subnet'),
  VpcId: id('vpc'),
  AvailabilityZone: z.string().optional(),
  OwnerId: z.string().optional(),
});

/** What is read of an endpoint, in the members of EC2's `DescribeVpcEndpoints`. */
export const endpointAnswer = z.object({
  VpcEndpointId: id('vpce'),
  ServiceName: z.string(),
  VpcId: id('vpc'),
  State: z.string().optional(),
  PrivateDnsEnabled: z.boolean().optional(),
  /** Gateway endpoints have none. */
  Groups: z.array(z.object({ GroupId: id('sg') })).default([]),
});

export type EnvironmentAnswer = z.output<typeof environmentAnswer>;
export type SubnetAnswer = z.output<typeof subnetAnswer>;
export type EndpointAnswer = z.output<typeof endpointAnswer>;

/** What AWS says, or has said. */
export interface Answers {
  readonly environments: readonly EnvironmentAnswer[];
  readonly subnets: readonly SubnetAnswer[];
  /** Undefined: AWS was not asked, or did not say. */
  readonly endpoints?: readonly EndpointAnswer[] | undefined;
}

/** Where an environment is, by its ARN. */
export function placeOf({ Arn }: EnvironmentAnswer): { region: string; account: string } {
  const [, region = '', account = ''] = ENVIRONMENT_ARN.exec(Arn) ?? [];
  return { region, account };
}
