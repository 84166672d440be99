/** The workflow and the pipeline of docs/pipelines.md, run by real runners, against a real Airflow whose scheduler runs the tasks. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startScheduler } from '../../local/airflow/start-scheduler.ts';
import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';
import { startTokenServer, type TokenServer } from './github-job.ts';
import { packProgram } from './gitlab-job.ts';
import { ISSUER_URL, type OidcIssuer, startOidcIssuer } from './oidc-issuer.ts';
import { installAct, runGitLabPipeline, runWorkflow } from './pipeline-runners.ts';
import { PACKAGES } from './state-machine.ts';

const RELEASES = ['2.10.3', '3.0.6'];
const PAGE = readFileSync(new URL('../../docs/pipelines.md', import.meta.url), 'utf8');
const findBlock = (name: string): string =>
  new RegExp(`^\`\`\`yaml ${name}\\n(.*?)^\`\`\`$`, 'ms').exec(PAGE)?.[1] ?? '';

const createConfig = (release: string) =>
  createConfigText({
    api: `oidc: { issuer: "${ISSUER_URL}", jwksUri: "${ISSUER_URL}/jwks", audience: mwaa-cli-proxy, requiredClaims: { repository_owner: my-org } }`,
    environments: { 'analytics-prod': `airflow: ${release}, concurrency: 4` },
    grants: ['who: "oidc:repository=my-org/pipelines", where: "*", may: ["dags trigger * --conf=*", "@read"]'],
  });
const CLIENTS = { pipelines: { claims: { repository_owner: 'my-org', repository: 'my-org/pipelines' } } };

const act = await installAct();
if ('unavailable' in act) console.error(`SKIPPED: workflows: ${act.unavailable}`);
if ('unavailable' in PACKAGES) console.error(`SKIPPED: pipelines of GitLab: ${PACKAGES.unavailable}`);

describe.each(RELEASES)('with Airflow %s', (release) => {
  const root = mkdtempSync(join(tmpdir(), 'runners-'));
  const closing: (() => unknown)[] = [];
  let stack: LocalStack;
  let issuer: OidcIssuer;
  let tokens: TokenServer;
  let isReal = false;
  let folder: string;

  beforeAll(async () => {
    const configFile = join(root, 'config.yaml');
    writeFileSync(configFile, createConfig(release));
    stack = await startLocalStack({
      configFile,
      onProgress: console.error,
      createExtraNetwork: async (issue) => {
        issuer = await startOidcIssuer(issue, CLIENTS);
        return issuer.network;
      },
    });
    closing.push(
      () => stack.close(),
      () => issuer.close(),
    );
    tokens = await startTokenServer(() => issuer.issueToken('pipelines'));
    closing.push(() => tokens.close());
    const [environment] = stack.environments;
    isReal = environment?.home !== undefined;
    if (environment?.home) closing.push(await startScheduler(release, environment.home));
    else console.error(`SKIPPED: runs on Airflow ${release}, because it is not available`);
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    rmSync(root, { recursive: true });
  });
  beforeEach(() => {
    folder = mkdtempSync(join(root, 'runner-'));
  });

  const runGitHub = (name: string, event: string, edit = (text: string) => text) =>
    runWorkflow(
      'program' in act ? act.program : '',
      event,
      { folder, text: edit(findBlock(name)), variables: { MWAA_CLI_PROXY_URL: stack.url } },
      tokens.variables,
    );
  const failing = (text: string) => text.replaceAll('daily_report', 'fails_on_purpose');

  describe.skipIf('unavailable' in act)('the workflow of the page', () => {
    test('succeeds, and hands on the run id', async ({ skip }) => {
      if (!isReal) return skip();
      const { exitCode, stdout } = await runGitHub('github.yaml', 'schedule');
      expect({ exitCode, stdout }).toEqual({
        exitCode: 0,
        stdout: expect.stringMatching(/Run mwaa-cli-proxy__key-\w+: success after/),
      });
      const [, runId] = /Run (mwaa-cli-proxy__key-\w+): success/.exec(stdout) ?? [];
      expect(stdout).toContain(`Finished ${runId}`);
      // The runner masks the tokens.
      expect(stdout).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]{20,}/);
    });

    test('fails if the run fails, with an annotation that names the failed task', async ({ skip }) => {
      if (!isReal) return skip();
      const { exitCode, stdout } = await runGitHub('github.yaml', 'schedule', failing);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: expect.stringContaining('Failed tasks: fail') });
      expect(stdout).not.toContain('Finished mwaa');
    });

    test('with values from outside, passes them as they are', async ({ skip }) => {
      if (!isReal) return skip();
      const { exitCode, stdout } = await runGitHub('values.yaml', 'push');
      expect({ exitCode, stdout }).toEqual({
        exitCode: 0,
        stdout: expect.stringContaining('"conf": {"branch": "main"}'),
      });
    });
  });

  describe.skipIf('unavailable' in PACKAGES)('the pipeline of the page', () => {
    const runGitLab = async (edit = (text: string) => text) => {
      const program = await packProgram(folder);
      const text = edit(findBlock('gitlab.yaml')).replace('wait: true', `wait: true\n      package: ${program}`);
      return runGitLabPipeline({
        folder,
        text,
        variables: {
          MWAA_CLI_PROXY_URL: stack.url,
          MWAA_ENVIRONMENT: 'analytics-prod',
          // gitlab-ci-local issues no tokens.
          MWAA_CLI_PROXY_TOKEN: await issuer.issueToken('pipelines'),
        },
      });
    };

    test('succeeds, and hands on the run id', async ({ skip }) => {
      if (!isReal) return skip();
      const { exitCode, stdout, stderr } = await runGitLab();
      expect({ exitCode, text: stdout + stderr }).toEqual({
        exitCode: 0,
        text: expect.stringMatching(/Finished mwaa-cli-proxy__key-\w+/),
      });
      expect(stdout).toMatch(/Run mwaa-cli-proxy__key-\w+: success after/);
    });

    test('fails if the run fails, and names the failed task', async ({ skip }) => {
      if (!isReal) return skip();
      const { exitCode, stdout, stderr } = await runGitLab(failing);
      expect({ exitCode, text: stdout + stderr }).toEqual({
        exitCode: 1,
        text: expect.stringContaining('Failed tasks: fail'),
      });
      expect(stdout).not.toContain('Finished mwaa');
    });
  });
});
