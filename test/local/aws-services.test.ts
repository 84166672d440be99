import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LocalAws, startAws } from '../../local/aws/start-aws.ts';
import { createPrincipalStore, type Principal } from '../../local/iam/principal-store.ts';
import { createCertificateAuthority } from '../../local/mwaa/certificate-authority.ts';

const REGION = 'eu-west-1';
const ACCOUNT = '111122223333';
const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:orders`;
const BUCKET = 'arn:aws:s3:::settings';

let aws: LocalAws | undefined;
let folder: string;
let ca: string;
const principals = createPrincipalStore();
const policies: Record<string, unknown> = {
  [QUEUE]: statement({ Effect: 'Deny', Principal: '*', Action: 'sqs:SendMessage', Resource: QUEUE }),
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aws-'));
  const authority = await createCertificateAuthority(folder);
  ca = readFileSync(authority.file, 'utf8');
  const started = await startAws({
    partition: 'aws',
    region: REGION,
    account: ACCOUNT,
    services: ['sqs', 'secretsmanager', 'ssm', 's3'],
    buckets: ['settings'],
    principals,
    getResourcePolicy: (arn) => policies[arn],
    issueCertificate: authority.issueCertificate,
  });
  if ('unavailable' in started) {
    console.error(`SKIPPED: AWS services on this machine: ${started.unavailable}`);
    return;
  }
  aws = started;
  await aws.client.call('sqs', 'CreateQueue', { QueueName: 'orders' });
  await aws.client.call('secretsmanager', 'CreateSecret', { Name: 'db', SecretString: 'hunter2' });
  await aws.client.call('ssm', 'PutParameter', { Name: '/app/url', Value: 'http://x', Type: 'SecureString' });
});
afterAll(async () => {
  await aws?.close();
  rmSync(folder, { recursive: true });
});

function statement(...Statement: object[]) {
  return { Version: '2012-10-17', Statement };
}

const createCaller = (action: string, resource: string): Principal =>
  principals.issueCredentials(`arn:aws:sts::${ACCOUNT}:assumed-role/worker/1`, [
    statement({ Effect: 'Allow', Action: action, Resource: resource }),
  ]);

interface Sent {
  readonly service: string;
  readonly method?: string;
  readonly host?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function send(caller: Principal, { service, method = 'POST', host, path = '/', headers = {}, body = '' }: Sent) {
  const hostname = host ?? `${service}.${REGION}.amazonaws.com`;
  const signer = new SignatureV4({
    service,
    region: REGION,
    credentials: caller,
    sha256: Sha256,
    uriEscapePath: service !== 's3',
  });
  const signed = await signer.sign(
    new HttpRequest({ method, hostname, path, headers: { host: hostname, ...headers }, body }),
  );
  const [address = '', port] = aws!.network[`${hostname}:443`]!.split(':');
  return new Promise<{ status: number; text: string; etag: string | undefined }>((resolve, reject) => {
    request({ host: address, port, servername: hostname, ca, method, path, headers: signed.headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, etag: response.headers.etag }));
    })
      .on('error', reject)
      .end(body);
  });
}

const call = (caller: Principal, service: string, target: string, input: object) =>
  send(caller, { service, headers: { 'x-amz-target': target }, body: JSON.stringify(input) });

const QUEUE_URL = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/orders`;

test.each([
  ['SQS', 'sqs', 'AmazonSQS.ReceiveMessage', { QueueUrl: QUEUE_URL }, 'sqs:ReceiveMessage', QUEUE, /^\{/],
  [
    'SQS, with an address',
    'sqs',
    'AmazonSQS.GetQueueUrl',
    { QueueName: 'orders' },
    'sqs:GetQueueUrl',
    QUEUE,
    QUEUE_URL,
  ],
  [
    'Secrets Manager',
    'secretsmanager',
    'secretsmanager.GetSecretValue',
    { SecretId: 'db' },
    'secretsmanager:GetSecretValue',
    `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:db-??????`,
    'hunter2',
  ],
  [
    'SSM',
    'ssm',
    'AmazonSSM.GetParameter',
    { Name: '/app/url', WithDecryption: true },
    'ssm:GetParameter',
    `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/app/url`,
    'http://x',
  ],
])(
  '%s answers a caller whose policy allows it, and no other',
  async (_, service, target, input, action, resource, found) => {
    if (aws === undefined) return;
    const allowed = await call(createCaller(action, resource), service, target, input);
    expect(allowed).toMatchObject({ status: 200, text: expect.stringMatching(found) });
    const other = await call(createCaller(action, `${resource}x`), service, target, input);
    expect(other).toMatchObject({ status: 403, text: expect.stringContaining(`not authorized to perform: ${action}`) });
  },
);

test('a statement of the queue that denies beats the policy of the caller', async () => {
  if (aws === undefined) return;
  const answer = await call(createCaller('sqs:*', '*'), 'sqs', 'AmazonSQS.SendMessage', {
    QueueUrl: QUEUE_URL,
    MessageBody: 'x',
  });
  expect(answer).toMatchObject({ status: 403, text: expect.stringContaining('explicit deny in a resource-based') });
});

test('a wrong signature is rejected', async () => {
  if (aws === undefined) return;
  const caller = { ...createCaller('sqs:*', '*'), secretAccessKey: 'wrong' };
  const answer = await call(caller, 'sqs', 'AmazonSQS.ReceiveMessage', { QueueUrl: QUEUE_URL });
  expect(answer).toMatchObject({ status: 403, text: expect.stringContaining('InvalidSignatureException') });
});

test('S3 stores objects, compares them, and tells of a missing one only who may list the bucket', async () => {
  if (aws === undefined) return;
  const admin = createCaller('s3:*', '*');
  const object = (caller: Principal, method: string, path: string, more: Partial<Sent> = {}) =>
    send(caller, { service: 's3', method, host: `settings.s3.${REGION}.amazonaws.com`, path, ...more });
  const created = await send(admin, {
    service: 's3',
    method: 'PUT',
    path: '/settings',
    body: `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${REGION}</LocationConstraint></CreateBucketConfiguration>`,
  });
  expect(created.status).toBe(200);
  const { etag, status } = await object(admin, 'PUT', '/a%20b.json', { body: 'one' });
  expect(status).toBe(200);
  expect(await object(admin, 'PUT', '/a%20b.json', { body: 'two', headers: { 'if-match': '"x"' } })).toMatchObject({
    status: 412,
  });
  const unsigned = { body: 'two', headers: { 'if-match': etag!, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } };
  expect(await object(admin, 'PUT', '/a%20b.json', unsigned)).toMatchObject({ status: 200 });
  const reader = createCaller('s3:GetObject', `${BUCKET}/*`);
  expect(await object(reader, 'GET', '/a%20b.json')).toMatchObject({ status: 200, text: 'two' });
  expect(await object(reader, 'PUT', '/a%20b.json', { body: 'no' })).toMatchObject({ status: 403 });
  expect(await object(reader, 'GET', '/missing')).toMatchObject({ status: 403 });
  expect(await object(admin, 'GET', '/missing')).toMatchObject({ status: 404 });
});
