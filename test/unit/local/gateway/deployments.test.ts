/** What deploys and shows when it is called: permission, handler, load, timeouts, logs. One gateway each. */
import { expect, it } from 'vitest';
import { createLogs } from '../../../../local/gateway/functions/logs.ts';
import { startGateway } from '../../../../local/gateway/start.ts';
import { createPrincipalStore } from '../../../../local/iam/principal-store.ts';
import { changeFixture, createFixtureTemplate, type FixtureTemplate, writeAssembly } from './assembly-fixture.ts';
import { sendSigned, signRequest } from './signed-request.ts';

async function callOnce(template: FixtureTemplate, order: unknown, code?: Record<string, string>) {
  const assembly = writeAssembly(template, code === undefined ? {} : { code });
  const principals = createPrincipalStore();
  const logs = createLogs();
  const gateway = await startGateway({ assemblyDir: assembly.directory, network: {}, principals, logs });
  try {
    const allow = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
    const caller = principals.issueCredentials('arn:aws:iam::111122223333:user/u', [allow]);
    const url = `${gateway.url}/buffered`;
    const body = JSON.stringify(order);
    const answer = await sendSigned(url, await signRequest(caller, url, { body }), body);
    return {
      status: answer.status,
      text: answer.text,
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

const internal = '{"message":"Internal server error"}';

it.each([
  ['names another path', { SourceArn: 'arn:aws:execute-api:ap-southeast-2:111122223333:*/v1/POST/other' }],
  ['names another stage', { SourceArn: 'arn:aws:execute-api:ap-southeast-2:111122223333:*/v2/*' }],
  ['is another service’s', { Principal: 'events.amazonaws.com' }],
  ['is for something else', { Action: 'lambda:GetFunction' }],
  ['is for another function', { FunctionName: { 'Fn::GetAtt': ['StreamedFunction', 'Arn'] } }],
])('a permission that %s: 500, and nothing runs', async (_what, properties) => {
  const { status, text, lines } = await callOnce(changeFixture('PermitBuffered', properties), {
    do: 'say',
    what: 'ran',
  });

  expect([status, text]).toEqual([500, internal]);
  expect(lines).not.toMatch(/START|ran/);
});

it.each([
  ['a file that is not there', 'other.buffered', undefined, /Runtime.ImportModuleError/],
  [
    'an export that is not there',
    'index.other',
    undefined,
    /Runtime.HandlerNotFound: index.other is undefined or not exported/,
  ],
  ['an export that is no function', 'index.notAFunction', undefined, /Runtime.HandlerNotFound: .*not a function/],
  ['a handler that is no name', 'index', undefined, /Runtime.MalformedHandlerName/],
  ['a syntax error', 'index.buffered', 'export const = 1;', /Runtime.UserCodeSyntaxError/],
  ['a package that was not bundled', 'index.buffered', "import 'zod';", /ERR_MODULE_NOT_FOUND/],
  [
    'an error at load',
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
])('%s: 502', async (_what, handler, code, line) => {
  const files = code === undefined ? undefined : { 'index.mjs': code };

  const { status, text, lines } = await callOnce(changeFixture('BufferedFunction', { Handler: handler }), {}, files);

  expect([status, text]).toEqual([502, internal]);
  expect(lines).toMatch(line);
});

it('a CommonJS bundle is loaded as well', async () => {
  const code = { 'index.js': 'exports.buffered = async () => ({ statusCode: 204 });' };

  expect((await callOnce(createFixtureTemplate(), {}, code)).status).toBe(204);
});

it('an integration that gives up before the function: 504', async () => {
  const { Integration } = createFixtureTemplate().Resources.PostBuffered?.Properties ?? {};
  const template = changeFixture('PostBuffered', { Integration: { ...(Integration as object), TimeoutInMillis: 300 } });

  const { status, text } = await callOnce(template, { do: 'wait', ms: 5_000 });

  expect([status, text]).toEqual([504, '{"message":"Endpoint request timed out"}']);
});

it('no concurrency at all: 500', async () => {
  const { status } = await callOnce(changeFixture('BufferedFunction', { ReservedConcurrentExecutions: 0 }), {});

  expect(status).toBe(500);
});

it('a throttled method: 429', async () => {
  const settings = [{ HttpMethod: '*', ResourcePath: '/*', ThrottlingBurstLimit: 0, ThrottlingRateLimit: 0 }];

  const { status, text } = await callOnce(changeFixture('Stage', { MethodSettings: settings }), {});

  expect([status, JSON.parse(text).type]).toEqual([429, 'THROTTLED']);
});

it('a role that may not write logs: lines are lost, as on AWS', async () => {
  const { status, lines } = await callOnce(
    changeFixture('BufferedFunction', { LoggingConfig: { LogGroup: 'elsewhere' } }),
    { do: 'say', what: 'heard' },
  );
  const vpcOnly = ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'];
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: vpcOnly, Resource: '*' }] };
  const silent = await callOnce(
    changeFixture('Role', { ManagedPolicyArns: [], Policies: [{ PolicyName: 'p', PolicyDocument: policy }] }),
    { do: 'say', what: 'heard' },
  );

  expect([status, silent.status]).toEqual([200, 200]);
  expect(lines).toContain('heard');
  expect(silent.lines).not.toContain('heard');
});

it('JSON lines where the function asks for them, from its level up', async () => {
  const LoggingConfig = { LogGroup: 'json', LogFormat: 'JSON', ApplicationLogLevel: 'INFO' };
  const code = {
    'index.mjs':
      "export const buffered = async () => { console.debug('low'); console.info({ a: 1 }); return { statusCode: 200 }; };",
  };

  const { lines } = await callOnce(changeFixture('BufferedFunction', { LoggingConfig }), {}, code);

  expect(lines).toMatch(/"level":"INFO","requestId":"\S+","message":\{"a":1\}/);
  expect(lines).not.toContain('low');
});
