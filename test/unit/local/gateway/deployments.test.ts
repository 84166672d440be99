/** Errors that appear only when a deployed function is invoked: permissions, handlers, timeouts, logs. One gateway per test. */
import { expect, it } from 'vitest';
import { createLogs } from '../../../../local/gateway/functions/logs.ts';
import { startGateway } from '../../../../local/gateway/start.ts';
import { createPrincipalStore } from '../../../../local/iam/principal-store.ts';
import { changeFixture, createFixtureTemplate, type FixtureTemplate, writeAssembly } from './assembly-fixture.ts';
import { sendSigned, signRequest } from './signed-request.ts';

async function callOnce(template: FixtureTemplate, instruction: unknown, code?: Record<string, string>) {
  const assembly = writeAssembly(template, code === undefined ? {} : { code });
  const principals = createPrincipalStore();
  const logs = createLogs();
  const gateway = await startGateway({ assemblyDir: assembly.directory, network: {}, principals, logs });
  try {
    const allow = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
    const caller = principals.issueCredentials('arn:aws:iam::111122223333:user/u', [allow]);
    const url = `${gateway.url}/buffered`;
    const body = JSON.stringify(instruction);
    const response = await sendSigned(url, await signRequest(caller, url, { body }), body);
    return {
      status: response.status,
      text: response.text,
      lines: logs
        .lines()
        .map(({ message }) => message)
        .join('\n'),
    };
  } finally {
    await gateway.close();
    assembly.remove();
  }
}

const INTERNAL_ERROR = '{"message":"Internal server error"}';

it.each([
  ['for another path', { SourceArn: 'arn:aws:execute-api:ap-southeast-2:111122223333:*/v1/POST/other' }],
  ['for another stage', { SourceArn: 'arn:aws:execute-api:ap-southeast-2:111122223333:*/v2/*' }],
  ['of another service', { Principal: 'events.amazonaws.com' }],
  ['for another action', { Action: 'lambda:GetFunction' }],
  ['for another function', { FunctionName: { 'Fn::GetAtt': ['StreamedFunction', 'Arn'] } }],
])('the gateway returns 500 and runs nothing with a permission %s', async (_what, properties) => {
  const { status, text, lines } = await callOnce(changeFixture('PermitBuffered', properties), {
    do: 'say',
    what: 'ran',
  });

  expect([status, text]).toEqual([500, INTERNAL_ERROR]);
  expect(lines).not.toMatch(/START|ran/);
});

it.each([
  ['a missing file', 'other.buffered', undefined, /Runtime.ImportModuleError/],
  ['a missing export', 'index.other', undefined, /Runtime.HandlerNotFound: index.other is undefined or not exported/],
  ['an export that is not a function', 'index.notAFunction', undefined, /Runtime.HandlerNotFound: .*not a function/],
  ['a malformed handler name', 'index', undefined, /Runtime.MalformedHandlerName/],
  ['a syntax error', 'index.buffered', 'export const = 1;', /Runtime.UserCodeSyntaxError/],
  ['a package that was not bundled', 'index.buffered', "import 'zod';", /ERR_MODULE_NOT_FOUND/],
  [
    'an error while loading',
    'index.buffered',
    "throw new TypeError('at load');",
    /"errorType":"TypeError","errorMessage":"at load"/,
  ],
  [
    'a callback handler',
    'index.old',
    'export const old = (event, context, done) => done();',
    /CallbackHandlerDeprecated/,
  ],
])('the gateway returns 502 for a handler with %s', async (_what, handler, code, line) => {
  const files = code === undefined ? undefined : { 'index.mjs': code };

  const { status, text, lines } = await callOnce(changeFixture('BufferedFunction', { Handler: handler }), {}, files);

  expect([status, text]).toEqual([502, INTERNAL_ERROR]);
  expect(lines).toMatch(line);
});

it('the gateway loads a CommonJS bundle', async () => {
  const code = { 'index.js': 'exports.buffered = async () => ({ statusCode: 204 });' };

  expect((await callOnce(createFixtureTemplate(), {}, code)).status).toBe(204);
});

it('the gateway returns 504 when the integration times out before the function', async () => {
  const { Integration } = createFixtureTemplate().Resources.PostBuffered?.Properties ?? {};
  const template = changeFixture('PostBuffered', { Integration: { ...(Integration as object), TimeoutInMillis: 300 } });

  const { status, text } = await callOnce(template, { do: 'wait', ms: 5_000 });

  expect([status, text]).toEqual([504, '{"message":"Endpoint request timed out"}']);
});

it('the gateway returns 500 when the reserved concurrency is 0', async () => {
  const { status } = await callOnce(changeFixture('BufferedFunction', { ReservedConcurrentExecutions: 0 }), {});

  expect(status).toBe(500);
});

it('the gateway returns 429 for a throttled method', async () => {
  const settings = [{ HttpMethod: '*', ResourcePath: '/*', ThrottlingBurstLimit: 0, ThrottlingRateLimit: 0 }];

  const { status, text } = await callOnce(changeFixture('Stage', { MethodSettings: settings }), {});

  expect([status, JSON.parse(text).type]).toEqual([429, 'THROTTLED']);
});

it('the gateway loses log lines when the role cannot write logs, as on AWS', async () => {
  const { status, lines } = await callOnce(
    changeFixture('BufferedFunction', { LoggingConfig: { LogGroup: 'other' } }),
    { do: 'say', what: 'logged' },
  );
  const vpcOnly = ['ec2:*NetworkInterface*', 'ec2:DescribeSubnets', 'ec2:*PrivateIpAddresses'];
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: vpcOnly, Resource: '*' }] };
  const withoutLogs = await callOnce(
    changeFixture('Role', { ManagedPolicyArns: [], Policies: [{ PolicyName: 'p', PolicyDocument: policy }] }),
    { do: 'say', what: 'logged' },
  );

  expect([status, withoutLogs.status]).toEqual([200, 200]);
  expect(lines).toContain('logged');
  expect(withoutLogs.lines).not.toContain('logged');
});

it('the gateway writes JSON lines from the configured level up when LogFormat is JSON', async () => {
  const LoggingConfig = { LogGroup: 'json', LogFormat: 'JSON', ApplicationLogLevel: 'INFO' };
  const code = {
    'index.mjs':
      "export const buffered = async () => { console.debug('low'); console.info({ a: 1 }); return { statusCode: 200 }; };",
  };

  const { lines } = await callOnce(changeFixture('BufferedFunction', { LoggingConfig }), {}, code);

  expect(lines).toMatch(/"level":"INFO","requestId":"\S+","message":\{"a":1\}/);
  expect(lines).not.toContain('low');
});
