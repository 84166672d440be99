import { RemovalPolicy } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';

export interface LogOptions {
  readonly retentionDays: number;
  /** The policy of the key must allow CloudWatch Logs to use it. Undefined: CloudWatch Logs uses its own key. */
  readonly kmsKey: IKey | undefined;
}

/** Creates a log group that records who ran what. It is retained when the stack is deleted; its lines expire. */
export const createAuditLogGroup = (scope: Construct, id: string, { retentionDays, kmsKey }: LogOptions): LogGroup =>
  new LogGroup(scope, id, {
    // The values of the enumeration `RetentionDays` are numbers of days.
    retention: retentionDays,
    removalPolicy: RemovalPolicy.RETAIN,
    ...(kmsKey === undefined ? {} : { encryptionKey: kmsKey }),
  });
