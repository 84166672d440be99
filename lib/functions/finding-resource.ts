import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** An ARN in the way cdk-nag writes it in its findings, where values that are known only at deployment have names. */
export function formatFindingArn(scope: Construct, service: string, resource: string): string {
  const { partition, region, account } = Stack.of(scope);
  const format = (value: string, name: string) => (Token.isUnresolved(value) ? `<AWS::${name}>` : value);
  return [
    'arn',
    format(partition, 'Partition'),
    service,
    format(region, 'Region'),
    format(account, 'AccountId'),
    resource,
  ].join(':');
}
