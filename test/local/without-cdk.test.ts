import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packTemplate } from '../../bin/build/write-template.ts';
import { sha256 } from '../../client/mwaa/policy/policy-object.ts';
import { runMwaa } from '../../client/mwaa/run-mwaa.ts';
import { formatStoredPolicy, readStoredPolicy } from '../../config/stored-policy.ts';
import { POLICY_CACHE_SECONDS } from '../../contract/stored-policy.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { installPythonPackages } from '../../local/airflow/install-python-packages.ts';
import { getTranscriptFile } from '../../local/airflow/transcript.ts';
import { createScope } from '../../local/aws/moto-client.ts';
import type { Principal } from '../../local/iam/principal-store.ts';
import { createRecordedTerminal } from '../create-recorded-terminal.ts';
import { readText } from '../unit/markdown.ts';
import { startPlayedAwsCli } from './played-aws-cli.ts';
import { runShell } from './run-shell.ts';
import { RUNS_ALL } from './select-releases.ts';
import { type ApiResponse, getProblemCode, sendRequest, VERSION_COMMAND } from './small-stack.ts';
import {
  ACCOUNT,
  ENVIRONMENT,
  PARAMETERS,
  REGION,
  RELEASE,
  startTemplateStack,
  type TemplateStackTest,
} from './template-stack.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RECORDED_RELEASES = CATALOGS.releases().filter((release) => existsSync(getTranscriptFile(release)));
const TEAM = `arn:aws:iam::${ACCOUNT}:role/team`;
const folder = mkdtempSync(join(tmpdir(), 'policy-'));
let deployed: TemplateStackTest | undefined;

beforeAll(async () => {
  const started = await startTemplateStack();
  if ('unavailable' in started) console.error(`SKIPPED: the template on this machine: ${started.unavailable}`);
  else deployed = started;
});
afterAll(async () => {
  await deployed?.close();
  rmSync(folder, { recursive: true });
});

/** A policy file in which the team may run these rules. */
function writePolicy(rules: readonly string[], more: { environment?: string; airflow?: string } = {}): string {
  const { environment = ENVIRONMENT, airflow = RELEASE } = more;
  const file = join(folder, 'policy.yaml');
  const grants = rules.length === 0 ? '[]' : `[{ who: "${TEAM}", may: ${JSON.stringify(rules)} }]`;
  writeFileSync(file, `environment: ${environment}\nairflow: ${airflow}\ngrants: ${grants}\n`);
  return file;
}

async function mwaa(args: readonly string[], principal: Principal = deployed!.writer) {
  const { terminal, written } = createRecordedTerminal(deployed!.createVariables(principal));
  return { exitCode: await runMwaa(args, terminal), ...written };
}

const push = (file: string, ...more: string[]) => mwaa(['policy', 'push', file, '--to', deployed!.address, ...more]);

const run = (body = VERSION_COMMAND, path = 'cli'): Promise<ApiResponse> => {
  const { stack } = deployed!;
  const caller = stack.createCaller('team', 'a');
  return sendRequest(stack, {
    path: `/environments/${ENVIRONMENT}/${path}`,
    caller,
    ...(path === 'cli' ? { body } : {}),
  });
};

interface AuditLine {
  readonly audit: string;
  readonly requestId: string;
  readonly decision?: string;
  readonly result?: string;
  readonly problem?: string;
  readonly policyVersion?: number;
  readonly policyDigest?: string;
  readonly failedStep?: string;
  readonly healthy?: boolean;
}

/** All audit lines, of the front and of the relay. */
function readAuditLines(): AuditLine[] {
  return deployed!.stack.logs
    .search('{"audit"')
    .map(({ message }) => JSON.parse(message.slice(message.indexOf('{"audit"'))));
}

test('without a policy nothing is granted, and the health check fails at the policy', async () => {
  if (deployed === undefined) return;
  const answer = await run();
  expect([answer.status, getProblemCode(answer)]).toEqual([503, 'policy-unavailable']);
  expect(answer.body.detail).toBe(
    'The front has no valid policy, so it grants nothing: no policy is stored. Nothing was run. Owner: store one with mwaa policy push.',
  );
  const { gateway } = deployed.stack;
  await gateway.triggerSchedule(gateway.model.schedules[0]!);
  expect(readAuditLines().at(-1)).toMatchObject({ audit: 'outcome', healthy: false, failedStep: 'policy' });
});

test('a pushed policy is used, and each audit line has its version and digest', async () => {
  if (deployed === undefined) return;
  const pushed = await push(writePolicy(['version', '@health']));
  expect(pushed).toMatchObject({ exitCode: 0, stderr: '' });
  const { digest } = readStoredPolicy(await deployed.readObject(), sha256);
  expect(pushed.stdout).toBe(
    `+ ${TEAM} may: @health\n+ ${TEAM} may: version\nversion 1 is stored (digest ${digest}). It applies within 5 seconds\n`,
  );
  const answer = await run();
  expect(answer).toMatchObject({ status: 200, body: { outcome: 'succeeded' } });
  const lines = readAuditLines().filter(({ requestId }) => requestId === answer.body.requestId);
  expect(lines.map(({ audit, policyVersion, policyDigest }) => [audit, policyVersion, policyDigest]).sort()).toEqual([
    ['intent', 1, digest],
    ['outcome', 1, digest],
    ['request', 1, digest],
  ]);
  const health = await run('', 'health');
  expect(health.body.steps[0]).toEqual({ step: 'policy', status: 'ok', detail: `version 1, digest ${digest}` });
  const list = await run('{"command":"dags list"}');
  expect([list.status, getProblemCode(list)]).toEqual([403, 'not-granted']);
});

test('the stored policy is shown as a file that can be pushed, and explained', async () => {
  if (deployed === undefined) return;
  const { address } = deployed;
  const shown = await mwaa(['policy', 'show', address]);
  expect(shown.exitCode).toBe(0);
  const file = join(folder, 'shown.yaml');
  writeFileSync(file, shown.stdout);
  expect(shown.stdout).toMatch(
    /^# version 1, digest [0-9a-f]{64}\nenvironment: "analytics-prod"\nairflow: "2\.10\.3"\n/,
  );
  expect(await push(file, '--dry-run')).toMatchObject({ exitCode: 0 });
  const explain = ['explain', '--as', TEAM, '--environment', ENVIRONMENT, '--policy', address, '--'];
  expect(await mwaa([...explain, 'version'])).toMatchObject({ exitCode: 0 });
  expect(await mwaa([...explain, 'dags', 'list'])).toMatchObject({ exitCode: 1 });
  const tests = join(folder, 'tests.yaml');
  writeFileSync(tests, `- { as: "${TEAM}", environment: ${ENVIRONMENT}, command: dags list, expect: refused }\n`);
  expect(await mwaa(['policy', 'test', tests, '--policy', address])).toMatchObject({ exitCode: 0 });
});

test('an invalid policy, one for another environment, and one of somebody else are not stored', async () => {
  if (deployed === undefined) return;
  const before = await deployed.readObject();
  const file = writePolicy(['dags lst']);
  expect(await push(file)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/policy\.yaml:3:\d+ {2}grants\[0\]\.may\[0\] {2}.*dags lst/),
  });
  expect(await push(writePolicy(['version'], { environment: 'other' }))).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('the stored policy is for analytics-prod, and this one for other'),
  });
  const administrator = deployed.principals.issueCredentials(`arn:aws:sts::${ACCOUNT}:assumed-role/admin/x`, [
    { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] },
  ]);
  const valid = writePolicy(['version', 'dags list']);
  expect(await mwaa(['policy', 'push', valid, '--to', deployed.address], administrator)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('must be one of the PolicyWriters'),
  });
  expect(await push(valid, '--replaces', '7')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining('version 1 is stored, and not 7'),
  });
  expect(await deployed.readObject()).toBe(before);
});

test('a policy that changes under load: each request is decided by one version, and a withdrawn grant ends in time', async () => {
  if (deployed === undefined) return;
  const answers: { startedAt: number; answer: ApiResponse }[] = [];
  let isOver = false;
  const call = async () => {
    while (!isOver) {
      const startedAt = Date.now();
      answers.push({ startedAt, answer: await run() });
      // More would be throttled.
      await sleep(100);
    }
  };
  const load = Promise.all([call(), call(), call()]);
  const waitFor = async (isReached: (startedAt: number) => boolean) => {
    while (!answers.some(({ startedAt }) => isReached(startedAt))) await sleep(50);
  };
  await waitFor(() => true);
  expect(await push(writePolicy(['version', 'dags list']))).toMatchObject({ exitCode: 0 });
  await sleep(1000);
  expect(await push(writePolicy(['dags list']))).toMatchObject({ exitCode: 0 });
  const endOfGrant = Date.now() + POLICY_CACHE_SECONDS * 1000;
  await waitFor((startedAt) => startedAt > endOfGrant);
  isOver = true;
  await load;

  const lines = Map.groupBy(readAuditLines(), ({ requestId }) => requestId);
  const versions = new Set<number | undefined>();
  for (const { startedAt, answer } of answers) {
    // S3 may be too slow on a busy machine: then nothing is decided.
    if (getProblemCode(answer) === 'policy-unavailable') continue;
    const ofRequest = lines.get(answer.body.requestId) ?? [];
    const decided = ofRequest.filter(({ audit, problem }) => audit === 'request' || problem !== 'policy-changed');
    // Front and relay name the same version.
    expect(new Set(decided.map(({ policyVersion, policyDigest }) => `${policyVersion} ${policyDigest}`)).size).toBe(1);
    const { policyVersion } = decided[0]!;
    versions.add(policyVersion);
    // The front repeats what the relay refused, so that no caller sees the change.
    expect([answer.status, policyVersion]).toEqual(policyVersion === 3 ? [403, 3] : [200, policyVersion]);
    if (startedAt > endOfGrant) expect(policyVersion).toBe(3);
  }
  // Whether anybody sees the second version depends on when the caches end.
  expect([...versions]).toEqual(expect.arrayContaining([1, 3]));
});

test('a relay refuses a request that was decided by another policy, and one without a policy', async () => {
  if (deployed === undefined) return;
  const { gateway } = deployed.stack;
  const [relay] = [...gateway.model.functions.values()].filter(({ egress }) => egress !== undefined);
  const [front] = [...gateway.model.functions.values()].filter(({ egress }) => egress === undefined);
  const invoke = async (policy: object | undefined) => {
    const event = {
      environment: ENVIRONMENT,
      requestId: 'r',
      extendedRequestId: 'x',
      caller: { arn: `arn:aws:sts::${ACCOUNT}:assumed-role/team/a` },
      deadline: Date.now() + 60_000,
      queuedMs: 0,
      policy,
      action: { kind: 'command', argv: ['dags', 'list'], format: 'json', uniqueId: 'u' },
    };
    const asFront = gateway.functionPrincipals.get(front!.name)!;
    const { payload } = await gateway.invokeFunction(relay!.name, event, asFront);
    return JSON.parse(payload.toString('utf8'));
  };
  const { version, digest } = readStoredPolicy(await deployed.readObject(), sha256);
  expect(await invoke({ version, digest })).toMatchObject({ status: 200 });
  expect(await invoke({ version: 1, digest })).toMatchObject({ status: 503, result: 'policy-changed' });
  expect(await invoke({ version, digest: 'other' })).toMatchObject({ result: 'policy-changed' });
  expect(await invoke(undefined)).toMatchObject({ status: 403, result: 'untrusted-event' });
});

test('an object that nobody pushed grants nothing, and neither does S3 that cannot be reached', async () => {
  if (deployed === undefined) return;
  const stored = await deployed.readObject();
  const { gateway, mwaa: upstream } = deployed.stack;
  await deployed.writeObject(stored.replace('dags list', 'dags delete *'));
  await gateway.controls.endIdle();
  const edited = await run('{"command":"dags list"}');
  expect(edited).toMatchObject({ status: 503, body: { detail: expect.stringContaining('its digest does not match') } });
  const content = { ...readStoredPolicy(stored, sha256), environment: 'other' };
  await deployed.writeObject(formatStoredPolicy(content, 9, sha256));
  expect(await run('{"command":"dags list"}')).toMatchObject({
    status: 503,
    body: { detail: expect.stringContaining('it is for the environment other, and not for analytics-prod') },
  });
  // A version that is older than the newest one is used: this is how to roll back.
  await deployed.writeObject(stored);
  expect(await run('{"command":"dags list"}')).toMatchObject({ status: 200 });
  gateway.controls.setNetwork(upstream.getCurrentNetwork());
  await gateway.controls.endIdle();
  const unreachable = await run('{"command":"dags list"}');
  expect(unreachable).toMatchObject({
    status: 503,
    body: { retrySafe: true, detail: expect.stringMatching(/S3 cannot be reached \(\w+\)\. Nothing was run/) },
  });
  await gateway.triggerSchedule(gateway.model.schedules[0]!);
  expect(readAuditLines().at(-1)).toMatchObject({ healthy: false, failedStep: 'policy' });
});

const aws = await installPythonPackages('aws-cli');
if ('unavailable' in aws) console.error(`SKIPPED: the AWS CLI cannot be installed: ${aws.unavailable}`);

test.skipIf('unavailable' in aws)('the commands of docs/without-cdk.md work as they stand', async () => {
  if (deployed === undefined || 'unavailable' in aws) return;
  const { stack, writer, assemblyDir, address } = deployed;
  await deployed.writeObject(undefined);
  stack.gateway.controls.setNetwork({ ...stack.mwaa.getCurrentNetwork(), ...deployed.aws.network });
  await stack.gateway.controls.endIdle();
  const cwd = join(folder, 'docs');
  mkdirSync(cwd);
  packTemplate(assemblyDir, '0.0.0', join(cwd, 'dist/template'));
  const played: string[] = [];
  const cli = await startPlayedAwsCli(folder, join(aws.bin, 'aws'), ['cloudformation', 'ec2'], async (args) => {
    const [service, operation] = args;
    const get = (option: string) => args[args.indexOf(option) + 1] ?? '';
    played.push(`${service} ${operation}`);
    if (operation === 'describe-managed-prefix-lists') return PARAMETERS.S3PrefixList!;
    if (operation === 'describe-stacks') {
      const [, key = ''] = /OutputKey=='(\w+)'/.exec(get('--query')) ?? [];
      return key === 'Url' ? stack.url : String(stack.gateway.model.outputs[key]);
    }
    if (operation === 'create-stack') {
      const parameters = JSON.parse(readFileSync(join(cwd, get('--parameters').replace('file://', '')), 'utf8'));
      expect(
        Object.fromEntries(
          parameters.map((entry: { ParameterKey: string; ParameterValue: string }) => [
            entry.ParameterKey,
            entry.ParameterValue,
          ]),
        ),
      ).toEqual(PARAMETERS);
      const [, path] =
        /^https:\/\/acme-code\.s3\.ap-southeast-2\.amazonaws\.com(\/.+)$/.exec(get('--template-url')) ?? [];
      const { body } = await deployed!.aws.client.send({
        method: 'GET',
        path: `/acme-code${path}`,
        headers: { host: `s3.${REGION}.amazonaws.com`, authorization: createScope('s3', REGION) },
        body: '',
      });
      const published = JSON.parse(body.toString('utf8'));
      expect(published.Parameters.AssetBucket.Default).toBe('acme-code');
      expect(Object.keys(published.Resources)).toEqual(
        Object.keys(JSON.parse(readFileSync(join(assemblyDir, 'mwaa-cli-proxy.template.json'), 'utf8')).Resources),
      );
    }
    return '';
  });
  writeFileSync(join(cli.bin, 'mwaa'), `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'bin/mwaa.ts')}' "$@"\n`, {
    mode: 0o755,
  });
  const blocks = readText('docs/without-cdk.md').matchAll(/^```sh\n(.*?)^```$/gms);
  const [publish, create, push, show, request, ...more] = [...blocks].map(([, block = '']) => block);
  expect(more).toEqual([]);
  const role = stack.createCaller('reporting-nightly', 'run');
  const useRole = Object.entries(deployed.createVariables(role)).map(([name, value]) => `export ${name}='${value}'\n`);
  const script = `set -euo pipefail\n${publish}${create}${push}echo ---\n${show}echo ---\n${useRole.join('')}${request}`;
  try {
    const result = await runShell(script, cwd, {
      ...deployed.createVariables(writer),
      AWS_DEFAULT_REGION: REGION,
      PATH: `${cli.bin}:${process.env.PATH}`,
      HOME: cwd,
    });
    expect(result).toMatchObject({ exitCode: 0 });
    const [pushed, shown, health] = result.stdout.split('---\n');
    const { digest } = readStoredPolicy(await deployed.readObject(), sha256);
    expect(pushed).toContain(`version 1 is stored (digest ${digest})`);
    expect(shown).toMatch(
      /^# version 1, digest .*\nallowed {2}by line 4: dags trigger reporting_\* .*1 passed, 0 failed/s,
    );
    expect(JSON.parse(health!)).toMatchObject({
      healthy: true,
      steps: [
        { step: 'policy', status: 'ok', detail: `version 1, digest ${digest}` },
        ...Array(6).fill({ status: 'ok' }),
      ],
    });
    expect(new Set(played)).toEqual(
      new Set([
        'ec2 describe-managed-prefix-lists',
        'cloudformation create-stack',
        'cloudformation wait',
        'cloudformation describe-stacks',
      ]),
    );
    expect(address).toBe(stack.gateway.model.outputs.PolicyAddress);
  } finally {
    await cli.close();
  }
});

test.each(RUNS_ALL ? RECORDED_RELEASES : [])('the template serves Airflow %s', async (release) => {
  const started = await startTemplateStack(release);
  if ('unavailable' in started) return;
  try {
    const text = formatStoredPolicy(
      { environment: ENVIRONMENT, airflow: [release], grants: [{ who: [TEAM], may: ['version'], line: 1 }] },
      1,
      sha256,
    );
    await started.writeObject(text);
    const { stack } = started;
    const caller = stack.createCaller('team', 'a');
    const path = `/environments/${ENVIRONMENT}/cli`;
    expect(await sendRequest(stack, { path, caller, body: VERSION_COMMAND })).toMatchObject({
      status: 200,
      body: { outcome: 'succeeded', airflowVersion: release },
    });
  } finally {
    await started.close();
  }
});
