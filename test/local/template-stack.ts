import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createScope } from '../../local/aws/moto-client.ts';
import { type LocalAws, startAws } from '../../local/aws/start-aws.ts';
import { loadTemplate } from '../../local/gateway/template/load-template.ts';
import type { Principal, PrincipalStore } from '../../local/iam/principal-store.ts';
import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';
import { startTlsBridge } from './tls-bridge.ts';

export const REGION = 'ap-southeast-2';
export const ACCOUNT = '111122223333';
export const ENVIRONMENT = 'analytics-prod';
export const RELEASE = '2.10.3';
export const STACK_NAME = 'mwaa-cli-proxy';
/** The role that may write the policy. */
export const WRITER = `arn:aws:iam::${ACCOUNT}:role/platform`;

export const PARAMETERS: Readonly<Record<string, string>> = {
  EnvironmentName: ENVIRONMENT,
  AirflowRelease: RELEASE,
  VpcId: 'vpc-0abc1234',
  SubnetIds: 'subnet-0aaa1111,subnet-0bbb2222',
  WebServerSecurityGroup: 'sg-0bbb1111',
  S3PrefixList: 'pl-6da54004',
  CallerAccounts: `${ACCOUNT},222233334444`,
  PolicyWriters: WRITER,
};

export interface TemplateStackTest {
  readonly stack: LocalStack;
  readonly aws: LocalAws;
  /** The folder of the synthesized template. */
  readonly assemblyDir: string;
  /** The address of the policy: `s3://BUCKET/policy.json`. */
  readonly address: string;
  readonly bucket: string;
  /** The address of S3 for the AWS CLI and `mwaa`, which do not trust the local certificates. */
  readonly endpoint: string;
  readonly principals: PrincipalStore;
  /** A session of the role that may write the policy, with all permissions in S3. */
  readonly writer: Principal;
  /** The variables with which a program calls S3 as a principal. */
  createVariables(principal: Principal): Record<string, string>;
  /** What is stored, as text. */
  readObject(): Promise<string>;
  /** Writes to the bucket without signatures and policies. Undefined: deletes the object. */
  writeObject(text: string | undefined): Promise<void>;
  close(): Promise<void>;
}

/**
 * Deploys the template on this machine: API Gateway, Lambda and IAM from the template, S3 from moto, and MWAA with recorded answers.
 *
 * @returns the reason if moto cannot be installed
 */
export async function startTemplateStack(
  release = RELEASE,
): Promise<TemplateStackTest | { readonly unavailable: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'template-'));
  const parameters = { ...PARAMETERS, AirflowRelease: release };
  const configFile = join(folder, 'config.yaml');
  writeFileSync(
    configFile,
    `stackName: ${STACK_NAME}\n${createConfigText({ api: '', environments: { [ENVIRONMENT]: `airflow: ${release}` }, grants: ['who: "arn:aws:iam::111122223333:role/unused", where: "*", may: [version]'] })}`,
  );
  const started: { assemblyDir?: string; aws?: LocalAws; principals?: PrincipalStore; unavailable?: string } = {};
  let address = '';
  const closed: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true })];
  const close = async () => {
    for (const end of closed.splice(0).reverse()) await end();
  };
  try {
    const stack = await startLocalStack({
      configFile,
      replay: true,
      stackName: STACK_NAME,
      parameters,
      synthesize: async (_config, outdir) => {
        const { synthesizeTemplate } = await import('../../lib/synthesize.ts');
        return synthesizeTemplate({ version: '0.0.0' }, outdir).directory;
      },
      async createExtraNetwork(issueCertificate, principals, assemblyDir) {
        const location = { account: ACCOUNT, region: REGION };
        const model = await loadTemplate(assemblyDir, location, STACK_NAME, {}, parameters);
        address = String(model.outputs.PolicyAddress);
        const bucket = readBucket(address);
        const aws = await startAws({
          ...location,
          partition: 'aws',
          services: ['s3'],
          buckets: [bucket],
          principals,
          issueCertificate,
          getResourcePolicy: (arn) => model.bucketPolicies.get(arn.split(':')[5]?.split('/')[0] ?? ''),
        });
        if ('unavailable' in aws) throw Object.assign(new Error(aws.unavailable), { unavailable: aws.unavailable });
        closed.push(() => aws.close());
        const { status } = await aws.client.send({
          method: 'PUT',
          path: `/${bucket}`,
          headers: { host: `s3.${REGION}.amazonaws.com` },
          body: `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${REGION}</LocationConstraint></CreateBucketConfiguration>`,
        });
        if (status !== 200) throw new Error(`moto did not create the bucket: ${status}`);
        Object.assign(started, { aws, principals, assemblyDir });
        return aws.network;
      },
    });
    closed.push(() => stack.close());
    const { aws, principals, assemblyDir } = started as Required<typeof started>;
    const bucket = readBucket(address);
    const bridge = await startTlsBridge(
      aws.network[`${S3_HOST}:443`]!,
      S3_HOST,
      readFileSync(stack.mwaa.caFile, 'utf8'),
    );
    closed.push(() => bridge.close());
    const object = {
      path: `/${bucket}/policy.json`,
      headers: { host: S3_HOST, authorization: createScope('s3', REGION) },
    };
    return {
      stack,
      aws,
      assemblyDir,
      address,
      bucket,
      endpoint: bridge.url,
      principals,
      createVariables: ({ accessKeyId, secretAccessKey, sessionToken = '' }) => ({
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SESSION_TOKEN: sessionToken,
        AWS_REGION: REGION,
        AWS_ENDPOINT_URL_S3: bridge.url,
      }),
      readObject: async () => (await aws.client.send({ ...object, method: 'GET', body: '' })).body.toString('utf8'),
      writeObject: async (text) => {
        await aws.client.send({ ...object, method: text === undefined ? 'DELETE' : 'PUT', body: text ?? '' });
      },
      writer: principals.issueCredentials(`arn:aws:sts::${ACCOUNT}:assumed-role/platform/test`, [
        { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] },
      ]),
      close,
    };
  } catch (error) {
    await close();
    const { unavailable } = error as { unavailable?: string };
    if (unavailable === undefined) throw error;
    return { unavailable };
  }
}

const S3_HOST = `s3.${REGION}.amazonaws.com`;

const readBucket = (address: string): string => /^s3:\/\/([^/]+)\//.exec(address)?.[1] ?? '';
