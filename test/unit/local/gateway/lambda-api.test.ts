/** Lambda's API: who may invoke, what it rejects, faults. Invoked with AWS's client, and from a function. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import * as clientLambda from '@aws-sdk/client-lambda';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { InvokeFault } from '../../../../local/gateway/lambda/invoke-faults.ts';
import { type Gateway, startGateway } from '../../../../local/gateway/start.ts';
import { createPrincipalStore, type Principal } from '../../../../local/iam/principal-store.ts';
import { createCertificateAuthority } from '../../../../local/mwaa/certificate-authority.ts';
import { addToFixture, createFunction, writeAssembly } from './assembly-fixture.ts';
import { sendSigned, signRequest } from './signed-request.ts';

const ACCOUNT = '111122223333';
const REGION = 'ap-southeast-2';
const createArn = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
const createPolicy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });
const FRONT_ROLE = `arn:aws:iam::${ACCOUNT}:role/front`;
const INVOKE = 'lambda:InvokeFunction';

const principals = createPrincipalStore();
const assembly = writeAssembly(
  addToFixture({
    Relay: createFunction('index.buffered', {
      FunctionName: 'relay',
      ReservedConcurrentExecutions: 2,
      LoggingConfig: { LogGroup: { Ref: 'FunctionLog' } },
    }),
    Guarded: createFunction('index.buffered', { FunctionName: 'guarded' }),
    GuardedPolicy: {
      Type: 'AWS::Lambda::ResourcePolicy',
      Properties: {
        ResourceArn: { 'Fn::GetAtt': ['Guarded', 'Arn'] },
        PolicyDocument: createPolicy(
          {
            Sid: 'OnlyFront',
            Effect: 'Deny',
            Principal: '*',
            Action: INVOKE,
            Resource: createArn('guarded'),
            Condition: { ArnNotEquals: { 'aws:PrincipalArn': FRONT_ROLE } },
          },
          { Effect: 'Allow', Principal: { AWS: FRONT_ROLE }, Action: INVOKE, Resource: createArn('guarded') },
        ),
      },
    },
    Sealed: createFunction('index.buffered', { FunctionName: 'sealed' }),
    SealedPolicy: {
      Type: 'AWS::Lambda::ResourcePolicy',
      Properties: {
        ResourceArn: { 'Fn::GetAtt': ['Sealed', 'Arn'] },
        PolicyDocument: createPolicy({
          Effect: 'Deny',
          Principal: '*',
          Action: INVOKE,
          Resource: [createArn('sealed'), `${createArn('sealed')}:*`],
        }),
      },
    },
    Paced: createFunction('index.buffered', { FunctionName: 'paced', ReservedConcurrentExecutions: 1 }),
  }),
);

let gateway: Gateway;
let folder: string;
let agent: Agent;
let caller: Principal;
const clients: LambdaClient[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lambda-api-'));
  const authority = await createCertificateAuthority(folder);
  gateway = await startGateway({
    assemblyDir: assembly.directory,
    principals,
    network: {},
    caFile: authority.file,
    issueCertificate: (hostname) => authority.issueCertificate(hostname),
  });
  const { hostname, port } = gateway.lambdaApi!;
  expect(hostname).toBe(`lambda.${REGION}.amazonaws.com`);
  agent = new Agent({ ca: readFileSync(authority.file), keepAlive: true });
  agent.createConnection = (options) =>
    connectTls({ ...(options as object), socket: connect(port, '127.0.0.1'), servername: hostname });
  caller = issue('front', [createPolicy({ Effect: 'Allow', Action: INVOKE, Resource: '*' })]);
});
afterEach(() => {
  for (const { name } of gateway.model.functions.values()) gateway.controls.setInvokeFault(name, undefined);
});
afterAll(async () => {
  for (const client of clients) client.destroy();
  agent.destroy();
  await gateway.close();
  await rm(folder, { recursive: true });
  assembly.remove();
});

const issue = (role: string, policies: unknown[]) =>
  principals.issueCredentials(`arn:aws:sts::${ACCOUNT}:assumed-role/${role}/session`, policies);

function createClient(credentials: Principal): LambdaClient {
  const client = new LambdaClient({
    region: REGION,
    credentials,
    maxAttempts: 1,
    requestHandler: { httpsAgent: agent },
  });
  clients.push(client);
  return client;
}

const createEvent = (instruction: object) => JSON.stringify({ body: JSON.stringify(instruction) });

async function invoke(name: string, instruction: object = { do: 'echo' }, credentials = caller) {
  const result = await createClient(credentials).send(
    new InvokeCommand({ FunctionName: name, Payload: createEvent(instruction) }),
  );
  return {
    status: result.StatusCode,
    functionError: result.FunctionError,
    version: result.ExecutedVersion,
    payload: JSON.parse(Buffer.from(result.Payload ?? []).toString('utf8') || 'null'),
  };
}

test.each(['relay', createArn('relay'), `${ACCOUNT}:function:relay`, `${createArn('relay')}:$LATEST`])(
  'AWS’s client invokes %s and receives its result',
  async (name) => {
    const result = await invoke(name, { do: 'answer', answer: { mine: 1 } });

    expect(result).toEqual({ status: 200, functionError: undefined, version: '$LATEST', payload: { mine: 1 } });
  },
);

test.each([
  ['no policy that allows it', 'other', [], 'relay', /because no identity-based policy allows/],
  [
    'an identity policy that denies it',
    'other',
    [
      createPolicy(
        { Effect: 'Allow', Action: INVOKE, Resource: '*' },
        { Effect: 'Deny', Action: INVOKE, Resource: createArn('relay') },
      ),
    ],
    'relay',
    /with an explicit deny in an identity-based policy/,
  ],
  [
    'an allow for another function',
    'other',
    [createPolicy({ Effect: 'Allow', Action: INVOKE, Resource: createArn('paced') })],
    'relay',
    /because no identity-based policy allows/,
  ],
  [
    'a resource policy that denies it',
    'other',
    [createPolicy({ Effect: 'Allow', Action: '*', Resource: '*' })],
    'guarded',
    /with an explicit deny in a resource-based policy/,
  ],
])('an identity with %s is refused', async (_what, role, policies, name, message) => {
  const started = gateway.functionStatistics(name).invocations;
  const error = await invoke(name, { do: 'echo' }, issue(role, policies)).catch((thrown: Error) => thrown);

  expect(error).toMatchObject({ name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } });
  expect((error as Error).message).toMatch(message);
  expect(gateway.functionStatistics(name).invocations).toBe(started);
});

test('the role that the resource policy names invokes, without an identity policy too', async () => {
  expect((await invoke('guarded', { do: 'answer', answer: 1 })).payload).toBe(1);
  expect((await invoke('guarded', { do: 'answer', answer: 1 }, issue('front', []))).payload).toBe(1);
});

test('invokeFunction is refused where a resource policy denies, and not elsewhere', async () => {
  await expect(gateway.invokeFunction('guarded', {})).rejects.toMatchObject({ name: 'AccessDeniedException' });
  const event = { body: JSON.stringify({ do: 'answer', answer: 1 }) };
  expect((await gateway.invokeFunction('guarded', event, caller)).payload.toString()).toBe('1');
  expect((await gateway.invokeFunction('relay', event)).payload.toString()).toBe('1');
});

test('a statement that denies the function without a version does not cover a version that the caller names', async () => {
  const event = { body: JSON.stringify({ do: 'answer', answer: 1 }) };
  const administrator = issue('administrator', [createPolicy({ Effect: 'Allow', Action: '*', Resource: '*' })]);
  const withQualifier = createClient(administrator).send(
    new InvokeCommand({ FunctionName: 'guarded', Qualifier: '$LATEST', Payload: '{}' }),
  );

  await expect(withQualifier).rejects.toMatchObject({ name: 'AccessDeniedException' });
  expect((await gateway.invokeFunction('guarded:$LATEST', event)).payload.toString()).toBe('1');
  await expect(gateway.invokeFunction('sealed:$LATEST', event)).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  await expect(gateway.invokeFunction('sealed', event)).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('a signature for another secret is refused', async () => {
  await expect(invoke('relay', { do: 'echo' }, { ...caller, secretAccessKey: 'not the secret' })).rejects.toMatchObject(
    { name: 'InvalidSignatureException' },
  );
});

test.each(['unknown', `${createArn('relay')}:7`])('%s is a function that does not exist', async (name) => {
  await expect(invoke(name)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    $metadata: { httpStatusCode: 404 },
  });
});

test('a payload of more than 6 MB is rejected, and one that is not JSON', async () => {
  const send = (Payload: string) => createClient(caller).send(new InvokeCommand({ FunctionName: 'relay', Payload }));

  await expect(send(JSON.stringify('x'.repeat(6 * 1024 * 1024)))).rejects.toMatchObject({
    name: 'RequestTooLargeException',
    $metadata: { httpStatusCode: 413 },
  });
  await expect(send('{')).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
});

test.each(['Event', 'DryRun'] as const)('the invocation type %s is rejected as not supported', async (type) => {
  await expect(
    createClient(caller).send(new InvokeCommand({ FunctionName: 'relay', InvocationType: type })),
  ).rejects.toMatchObject({ name: 'UnsupportedByLocalGateway' });
});

test.each([
  [{ do: 'throw' }, { errorType: 'RangeError', errorMessage: 'thrown by the handler' }],
  [{ do: 'exit' }, { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 3') }],
])('a function error of %j is a 200 with X-Amz-Function-Error', async (instruction, payload) => {
  const result = await invoke('relay', instruction);

  expect(result).toMatchObject({ status: 200, functionError: 'Unhandled', payload });
});

test('reserved concurrency: the third of three invocations is throttled and nothing of it runs', async () => {
  const before = gateway.functionStatistics('relay');
  const running = [invoke('relay', { do: 'wait', ms: 600 }), invoke('relay', { do: 'wait', ms: 600 })];
  await expect.poll(() => gateway.functionStatistics('relay').running).toBe(2);
  const error = await invoke('relay').catch((thrown: unknown) => thrown);

  expect(error).toMatchObject({
    name: 'TooManyRequestsException',
    Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
    retryAfterSeconds: '1',
    message: 'Rate Exceeded.',
    $metadata: { httpStatusCode: 429 },
  });
  expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
  const after = gateway.functionStatistics('relay');
  expect(after.maxRunning).toBe(2);
  expect(after.invocations).toBe(before.invocations + 2);
  expect(after.throttled).toEqual({ ReservedFunctionConcurrentInvocationLimitExceeded: 1 });
});

test('reserved concurrency N takes 10 × N invocations a second, refused ones included', async () => {
  const results = await Promise.allSettled(Array.from({ length: 14 }, () => invoke('paced', { do: 'wait', ms: 300 })));
  const reasons = results.map((result) => (result.status === 'fulfilled' ? 'ran' : (result.reason.Reason as string)));

  expect(
    Object.fromEntries([...Map.groupBy(reasons, (reason) => reason)].map(([key, all]) => [key, all.length])),
  ).toEqual({
    ran: 1,
    ReservedFunctionConcurrentInvocationLimitExceeded: 9,
    ReservedFunctionInvocationRateLimitExceeded: 4,
  });
});

test('a client that disconnects does not stop the function', async () => {
  const { invocations } = gateway.functionStatistics('relay');
  const abort = new AbortController();
  const sent = createClient(caller).send(
    new InvokeCommand({ FunctionName: 'relay', Payload: createEvent({ do: 'say', what: 'still running' }) }),
    { abortSignal: abort.signal },
  );
  sent.catch(() => {});
  await expect.poll(() => gateway.functionStatistics('relay').invocations).toBe(invocations + 1);
  abort.abort();

  await expect.poll(() => gateway.logs.search('still running').length).toBe(1);
});

test.each<[string, InvokeFault, object, boolean]>([
  [
    'an exception before the function runs',
    { exception: 'ENINotReadyException', status: 502, when: 'before' },
    { name: 'ENINotReadyException', $metadata: { httpStatusCode: 502 } },
    false,
  ],
  [
    'a throttle with another reason',
    { exception: 'TooManyRequestsException', status: 429, reason: 'CallerRateLimitExceeded', when: 'before' },
    { name: 'TooManyRequestsException', Reason: 'CallerRateLimitExceeded' },
    false,
  ],
  [
    'an exception after the function ran',
    { exception: 'ServiceException', status: 500, when: 'after' },
    { name: 'ServiceException', $metadata: { httpStatusCode: 500 } },
    true,
  ],
  [
    'an exception that is not modeled',
    { exception: 'NewException', status: 503, when: 'after' },
    { name: 'NewException', $metadata: { httpStatusCode: 503 } },
    true,
  ],
  ['a connection that is cut before the request is read', { cut: 'before' }, { code: 'ECONNRESET' }, false],
  ['a connection that is cut before the function starts', { cut: 'during' }, { code: 'ECONNRESET' }, false],
  ['a connection that is cut after the function ran', { cut: 'after' }, { code: 'ECONNRESET' }, true],
])('the fault %s', async (_what, fault, expected, ran) => {
  const { invocations } = gateway.functionStatistics('relay');
  gateway.controls.setInvokeFault('relay', { ...fault, times: 1 });

  await expect(invoke('relay')).rejects.toMatchObject(expected);
  expect(gateway.functionStatistics('relay').invocations).toBe(invocations + Number(ran));
  expect((await invoke('relay')).status).toBe(200);
});

test.each<[InvokeFault, object, boolean]>([
  [{ functionError: 'Sandbox.Timedout', when: 'before' }, { errorType: 'Sandbox.Timedout' }, false],
  [{ functionError: 'Runtime.OutOfMemory', when: 'after' }, { errorType: 'Runtime.OutOfMemory' }, true],
  [
    { responseBytes: 6 * 1024 * 1024 + 1 },
    {
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: expect.stringContaining('exceeded maximum allowed payload size'),
    },
    true,
  ],
])('the fault %j is a function error', async (fault, payload, ran) => {
  const { invocations } = gateway.functionStatistics('relay');
  gateway.controls.setInvokeFault('relay', fault);

  expect(await invoke('relay')).toMatchObject({ status: 200, functionError: 'Unhandled', payload });
  expect(gateway.functionStatistics('relay').invocations).toBe(invocations + Number(ran));
});

const EXCEPTIONS = Object.entries(clientLambda).flatMap(([name, value]) =>
  typeof value === 'function' && value.prototype instanceof clientLambda.LambdaServiceException ? [name] : [],
);

test('AWS’s client reads name, message and status of every exception in its model', async () => {
  const received: object[] = [];
  for (const exception of EXCEPTIONS) {
    gateway.controls.setInvokeFault('guarded', { exception, status: 502, message: `${exception}?`, when: 'before' });
    const error = await invoke('guarded').catch((thrown: clientLambda.LambdaServiceException) => thrown);
    const { name, message, $metadata } = error as clientLambda.LambdaServiceException;
    received.push({ name, message, status: $metadata.httpStatusCode });
  }

  expect(EXCEPTIONS.length).toBeGreaterThan(45);
  expect(received).toEqual(EXCEPTIONS.map((name) => ({ name, message: `${name}?`, status: 502 })));
});

test('a fault for the next invocation waits for one that runs', async () => {
  gateway.controls.setInvokeFault('relay', { exception: 'ServiceException', status: 500, when: 'after', times: 1 });
  gateway.controls.setThrottled(true);
  await expect(invoke('relay')).rejects.toMatchObject({ name: 'TooManyRequestsException' });
  gateway.controls.setThrottled(false);

  await expect(invoke('relay')).rejects.toMatchObject({ name: 'ServiceException' });
  expect((await invoke('relay')).status).toBe(200);
});

test('only functions outside a VPC reach the API, and what the network lists is reached instead', async () => {
  const { url } = gateway;
  const user = principals.issueCredentials(`arn:aws:iam::${ACCOUNT}:user/u`, [
    createPolicy({ Effect: 'Allow', Action: '*', Resource: '*' }),
  ]);
  const call = async (path: string) => {
    const body = JSON.stringify({ do: 'get', url: `https://lambda.${REGION}.amazonaws.com/` });
    const headers = await signRequest(user, `${url}${path}`, { body });
    return JSON.parse((await sendSigned(`${url}${path}`, headers, body)).text);
  };

  expect(await call('/buffered')).toMatchObject({ status: 400, text: expect.stringContaining('GET /') });
  expect(await call('/streamed/x')).toMatchObject({ code: 'ENOTFOUND' });
  gateway.controls.setNetwork({});
  expect(await call('/buffered')).toMatchObject({ status: 400 });
  gateway.controls.setNetwork({ [`lambda.${REGION}.amazonaws.com:443`]: 'refused' });
  // A process that keeps a connection opens no other.
  await gateway.controls.endIdle();
  expect(await call('/buffered')).toMatchObject({ code: 'ECONNREFUSED' });
  gateway.controls.setNetwork({});
});

test.each([
  ['a UUID', '0d2f2ef5-7e29-4fd6-9a5c-2ea1a83f5d1f', 200],
  ['anything else', 'mine', 400],
])('x-amzn-RequestId: %s', async (_what, id, expected) => {
  const { hostname } = gateway.lambdaApi!;
  const url = `https://${hostname}/2015-03-31/functions/relay/invocations`;
  const body = createEvent({ do: 'answer', answer: 1 });
  const headers = await signRequest(caller, url, { body, service: 'lambda', headers: { 'x-amzn-requestid': id } });
  const response = await new Promise<{ status: number | undefined; id: unknown }>((resolve, reject) => {
    request(url, { method: 'POST', headers, agent }, (incoming) => {
      incoming.resume();
      resolve({ status: incoming.statusCode, id: incoming.headers['x-amzn-requestid'] });
    })
      .on('error', reject)
      .end(body);
  });

  expect(response.status).toBe(expected);
  if (expected === 200) expect(response.id).toBe(id);
});
