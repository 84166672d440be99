import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SettingsError } from '../../../../client/library/settings-error.ts';
import { countUse, joinKey } from '../../../../client/pipeline/create-key.ts';
import { createGitHubPipeline } from '../../../../client/pipeline/github-pipeline.ts';
import { createGitLabPipeline } from '../../../../client/pipeline/gitlab-pipeline.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'key-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const GITHUB = {
  GITHUB_REPOSITORY_ID: '1296269',
  GITHUB_RUN_ID: '1658821493',
  GITHUB_RUN_ATTEMPT: '1',
  GITHUB_JOB: 'report',
  GITHUB_ACTION: '__owner_action',
  'INPUT_JOB-INDEX': '0',
  'INPUT_CHECK-RUN-ID': '4711',
};

/** The key of a step in a job of its own, unless a folder says which job it is. */
const createGitHubKey = (variables: Record<string, string>, jobFolder = mkdtempSync(join(folder, 'job-'))) =>
  createGitHubPipeline({ ...GITHUB, RUNNER_TEMP: jobFolder, ...variables }, () => {}).createKey();

test('the key of a step of GitHub Actions can be read, and is the same if the runner sends the job again', () => {
  expect(createGitHubKey({})).toBe('github/1296269/1658821493/1/report/0/4711/__owner_action/1');
  expect(createGitHubKey({})).toBe(createGitHubKey({}));
});

test.each([
  ['another attempt', { GITHUB_RUN_ATTEMPT: '2' }],
  ['another workflow run', { GITHUB_RUN_ID: '1658821494' }],
  ['another repository', { GITHUB_REPOSITORY_ID: '1296270' }],
  ['another job', { GITHUB_JOB: 'other' }],
  ['another job of the matrix', { 'INPUT_JOB-INDEX': '1' }],
  ['another call of the reusable workflow', { 'INPUT_CHECK-RUN-ID': '4712' }],
  ['another step', { GITHUB_ACTION: '__owner_action_2' }],
])('%s has another key', (_what, variables) => {
  expect(createGitHubKey(variables)).not.toBe(createGitHubKey({}));
});

test('each use in one job has another key, as in a composite action, whose steps have the same name', () => {
  const job = mkdtempSync(join(folder, 'job-'));
  const keys = [1, 2, 3].map(() => createGitHubKey({}, job));
  expect(new Set(keys).size).toBe(3);
});

test('a server that knows no check run tells two calls of a reusable workflow apart by where they request tokens', () => {
  const create = (variables: Record<string, string>) => createGitHubKey({ 'INPUT_CHECK-RUN-ID': '', ...variables });
  const [one, two] = ['plans/1/jobs/2', 'plans/1/jobs/3'].map((path) =>
    create({ ACTIONS_ID_TOKEN_REQUEST_URL: `https://token.example.com/${path}/idtoken?api-version=2.0` }),
  );
  expect(one).not.toBe(two);
  expect(create({ ACTIONS_ORCHESTRATION_ID: 'a' })).not.toBe(create({ ACTIONS_ORCHESTRATION_ID: 'b' }));
});

const GITLAB = {
  CI_SERVER_HOST: 'gitlab.example.com',
  CI_PROJECT_ID: '72',
  CI_PIPELINE_ID: '1000',
  CI_JOB_NAME: 'report 1/2',
  CI_JOB_ID: '1',
};

const createGitLabKey = (variables: Record<string, string>) =>
  createGitLabPipeline({ ...GITLAB, ...variables }, () => {}, folder).createKey();

test('the key of a job of GitLab is the same in each attempt', () => {
  expect(createGitLabKey({})).toBe('gitlab/gitlab.example.com/72/1000/report%201%2F2/1');
  expect(createGitLabKey({ CI_JOB_ID: '2' })).toBe(createGitLabKey({ CI_JOB_ID: '3' }));
  // Two uses in one attempt are two runs.
  expect(createGitLabKey({ CI_JOB_ID: '4' })).not.toBe(createGitLabKey({ CI_JOB_ID: '4' }));
});

test.each([
  ['another part of a parallel job', { CI_JOB_NAME: 'report 2/2' }],
  ['a job with a similar name', { CI_JOB_NAME: 'report_1/2' }],
  ['another pipeline', { CI_PIPELINE_ID: '1001' }],
  ['another project', { CI_PROJECT_ID: '73' }],
  ['another server', { CI_SERVER_HOST: 'gitlab.com' }],
])('%s of GitLab has another key', (_what, variables) => {
  expect(createGitLabKey({ CI_JOB_ID: '5', ...variables })).not.toBe(createGitLabKey({ CI_JOB_ID: '6' }));
});

test('outside of a pipeline there is no key, because all triggers would have the same', () => {
  const pipelines = [createGitLabPipeline({}, () => {}, folder), createGitHubPipeline({}, () => {})];
  for (const pipeline of pipelines) expect(() => pipeline.createKey()).toThrow(SettingsError);
});

test('a key that the API would not accept becomes a hash', () => {
  expect(joinKey(['github', 'x'.repeat(300)])).toMatch(/^github\/[0-9a-f]{64}$/);
  expect(joinKey(['gitlab', 'bericht täglich'])).toBe('gitlab/bericht%20t%C3%A4glich');
  expect(joinKey(['gitlab', undefined, ''])).toBe('gitlab//');
});

test('uses are counted for each name', () => {
  expect([countUse(folder, 'a'), countUse(folder, 'a'), countUse(folder, 'b')]).toEqual([1, 2, 1]);
});
