import { type CfnCondition, type CfnParameter, Fn, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { CfnPolicy, PolicyDocument, type Role } from 'aws-cdk-lib/aws-iam';
import { CfnBucket, CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { POLICY_KEY } from '../../contract/stored-policy.ts';
import { createAllowStatement } from '../functions/proxy-function.ts';

export interface PolicyBucketProps {
  /** The ARNs of the roles that may write the policy. */
  readonly writers: readonly string[];
  /** The ARN of the KMS key that encrypts the policy, if `hasKey`. */
  readonly key: CfnParameter;
  readonly hasKey: CfnCondition;
}

/**
 * The bucket of the stored policy. Whoever may write the policy decides what every caller may run, so the policy of the bucket denies
 * writing to everybody but the writers. It also denies a write that does not say which object it replaces: of two writers at the same
 * moment, one fails. All versions of the policy are kept, also when the stack is deleted.
 *
 * Source of the condition keys: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 */
export class PolicyBucket extends Construct {
  readonly bucketName: string;
  /** What the role of a function needs to read the policy. */
  readonly readPolicy: PolicyDocument;
  readonly #props: PolicyBucketProps;

  constructor(scope: Construct, id: string, props: PolicyBucketProps) {
    super(scope, id);
    const { writers, key, hasKey } = props;
    this.#props = props;
    const bucket = new CfnBucket(this, 'Bucket', {
      bucketEncryption: Fn.conditionIf(
        hasKey.logicalId,
        createEncryption({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key.valueAsString }),
        createEncryption({ SSEAlgorithm: 'AES256' }),
      ),
      ownershipControls: { rules: [{ objectOwnership: 'BucketOwnerEnforced' }] },
      publicAccessBlockConfiguration: {
        blockPublicAcls: true,
        blockPublicPolicy: true,
        ignorePublicAcls: true,
        restrictPublicBuckets: true,
      },
      versioningConfiguration: { status: 'Enabled' },
    });
    bucket.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.bucketName = bucket.ref;
    const objects = `${bucket.attrArn}/*`;
    const deny = (Sid: string, Action: string | string[], Resource: string | string[], Condition: object) => ({
      Sid,
      Effect: 'Deny',
      Principal: '*',
      Action,
      Resource,
      Condition,
    });
    const bucketPolicy = new CfnBucketPolicy(this, 'Policy', {
      bucket: bucket.ref,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          deny('OnlyTls', 's3:*', [bucket.attrArn, objects], { Bool: { 'aws:SecureTransport': 'false' } }),
          deny('OtherWriters', WRITE_ACTIONS, objects, { ArnNotLike: { 'aws:PrincipalArn': writers } }),
          deny('UnconditionalWrites', 's3:PutObject', objects, {
            Null: { 's3:if-match': 'true', 's3:if-none-match': 'true' },
            Bool: { 's3:ObjectCreationOperation': 'true' },
          }),
        ],
      },
    });
    bucketPolicy.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.readPolicy = new PolicyDocument({
      statements: [
        createAllowStatement(['s3:GetObject'], [`${bucket.attrArn}/${POLICY_KEY}`]),
        // Without it, S3 says of a missing object that access is denied.
        createAllowStatement(['s3:ListBucket'], [bucket.attrArn]),
      ],
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'CloudTrail can record who writes the policy. The functions log which version each of their decisions is made by.',
    });
  }

  /** Lets the roles decrypt the policy. A statement without a resource is not valid, so the key's permission is a policy of its own. */
  grantDecrypt(roles: readonly Role[]): void {
    const { key, hasKey } = this.#props;
    const policy = new CfnPolicy(this, 'Decrypt', {
      policyName: 'PolicyKey',
      policyDocument: new PolicyDocument({ statements: [createAllowStatement(['kms:Decrypt'], [key.valueAsString])] }),
      roles: roles.map(({ roleName }) => roleName),
    });
    policy.cfnOptions.condition = hasKey;
  }

  /** The address of the policy, for `mwaa policy push`. */
  get address(): string {
    return `s3://${this.bucketName}/${POLICY_KEY}`;
  }
}

const createEncryption = (byDefault: Readonly<Record<string, string>>) => ({
  ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: byDefault }],
});

const WRITE_ACTIONS = ['s3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:ReplicateObject'];
