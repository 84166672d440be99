import { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

export interface LogOptions {
  readonly retentionDays: number;
  /** Its policy must let CloudWatch Logs use it. Undefined: the service's own. */
  readonly kmsKey: IKey | undefined;
}

/** A log group that says who ran what: it outlives the stack, and its retention ends it. */
export const createAuditLogGroup = (scope: Construct, id: string, { retentionDays, kmsKey }: LogOptions): LogGroup =>
  new LogGroup(scope, id, {
    // The CDK's enumeration of retentions is the number of days.
    retention: retentionDays,
    removalPolicy: RemovalPolicy.RETAIN,
    ...(kmsKey === undefined ? {} : { encryptionKey: kmsKey }),
  });
