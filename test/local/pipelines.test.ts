/** The GitHub Action and the GitLab component, as they stand, with a real OIDC issuer, and the state machines of docs/pipelines.md. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../client/exit-codes.ts';
import { WAIT_EXIT_CODES } from '../../client/mwaa/wait/wait-exit-codes.ts';
import { installPythonPackages } from '../../local/airflow/install-python-packages.ts';
import { runProcess } from '../../local/airflow/run-process.ts';
import { startNetworkProxy } from '../contract/network-proxy.ts';
import { runAction, type StepOptions, startTokenServer, type TokenServer } from './github-job.ts';
import { packProgram, runComponent } from './gitlab-job.ts';
import { HOSTILE_LINES, type PipelineClient, type PipelineStack, startPipelineStack } from './pipeline-stack.ts';
import { execute, PACKAGES, validateDefinition } from './state-machine.ts';

let stack: PipelineStack;
let tokens: TokenServer;
let client: PipelineClient;
let folder: string;

beforeAll(async () => {
  stack = await startPipelineStack();
  tokens = await startTokenServer(() => stack.issueToken(client));
});
afterAll(async () => {
  tokens?.close();
  await stack?.close();
});
beforeEach(() => {
  client = 'pipelines';
  folder = mkdtempSync(join(tmpdir(), 'pipelines-'));
  stack.mwaa.journal.splice(0);
});
afterEach(async () => {
  await stack.setFault();
  rmSync(folder, { recursive: true });
});

let attempts = 0;
/** Runs a step in an attempt of its own, so that no test finds the runs of another one. */
const run = (inputs: Record<string, string>, options: Partial<StepOptions> = {}) =>
  runAction(folder, {
    ...options,
    with: { url: stack.url, environment: 'prod', interval: '1s', ...inputs },
    env: { GITHUB_RUN_ATTEMPT: String(++attempts), ...tokens.variables, ...options.env },
  });

const RUN_ID = /^mwaa-cli-proxy__key-[0-9a-f]{64}$/;

describe('the GitHub Action', () => {
  test('triggers a run, waits for it with a new token for each request, and hands on its id', async () => {
    const before = tokens.count();
    const { exitCode, annotations, summary, outputs, masks, log } = await run({
      command: 'dags trigger daily_report',
      wait: 'true',
    });
    expect({ exitCode, annotations, summary }).toEqual({ exitCode: 0, annotations: [], summary: '' });
    expect(outputs).toMatchObject({
      'run-id': expect.stringMatching(RUN_ID),
      outcome: 'succeeded',
      'run-state': 'success',
    });
    expect(JSON.parse(outputs.output!)).toMatchObject([{ dag_id: 'daily_report', dag_run_id: outputs['run-id'] }]);
    expect(readFileSync(outputs['output-file']!, 'utf8')).toBe(outputs.output);
    expect(log).toMatch(/^Airflow: succeeded, run mwaa.*^Run mwaa\S+: running$.*^Run mwaa\S+: success after \d+s$/ms);
    // One for each request: to explain, to look up no run, to trigger, and to look up the run twice.
    expect(new Set(masks).size).toBe(5);
    expect(masks).toHaveLength(tokens.count() - before);
    for (const token of masks) expect(log).not.toContain(token);
  });

  test('fails if the run fails, and shows the failed tasks in an annotation and in the summary', async () => {
    const { exitCode, annotations, summary, outputs } = await run({
      command: 'dags trigger fails_on_purpose',
      wait: 'true',
    });
    expect(exitCode).toBe(EXIT_CODES.failed);
    const runId = outputs['run-id']!;
    expect(outputs).toMatchObject({ outcome: 'succeeded', 'run-state': 'failed', problem: '' });
    expect(annotations).toEqual([
      {
        level: 'error',
        title: 'Airflow: The DAG run failed',
        message: expect.stringContaining(`${runId} of fails_on_purpose failed after`),
      },
    ]);
    expect(annotations[0]?.message).toMatch(/^Failed tasks: fail$/m);
    expect(annotations[0]?.message).toContain(`aws logs tail airflow-prod-Task --since `);
    expect(summary).toMatch(/^### Airflow: The DAG run failed$/m);
    expect(summary).toMatch(/^\*\*Failed tasks\*\*\n\n- ` fail `$/m);
    expect(summary).toContain(`- Run: \` ${runId} \``);
    expect(summary).not.toContain('load');
  });

  test('says what to grant if the caller may not list the tasks', async () => {
    client = 'narrow';
    const { exitCode, annotations } = await run({ command: 'dags trigger fails_on_purpose', wait: 'true' });
    expect(exitCode).toBe(EXIT_CODES.failed);
    expect(annotations[0]?.message).toContain('ask for a grant of: tasks states-for-dag-run fails_on_purpose *');
  });

  test('leaves text of others text: in the log, in annotations, in the summary, and in outputs', async () => {
    const answered = await run({ command: 'variables get hostile' });
    expect(answered).toMatchObject({
      exitCode: 0,
      annotations: [],
      outputs: { outcome: 'unverified' },
    });
    expect(answered.outputs.output).toBe(HOSTILE_LINES.join('\n'));
    for (const line of HOSTILE_LINES.filter((text) => !/\p{C}/u.test(text))) expect(answered.log).toContain(line);

    const failed = await run({ command: 'variables get missing' });
    expect(failed).toMatchObject({
      exitCode: EXIT_CODES.failed,
      annotations: [{ title: 'Airflow: The command failed' }],
    });
    const ended = await run({ command: 'dags trigger hostile', wait: 'true' });
    expect(ended).toMatchObject({
      exitCode: EXIT_CODES.failed,
      annotations: [{ title: 'Airflow: The DAG run failed' }],
    });
    for (const { annotations, masks, outputs, summary, raw } of [answered, failed, ended]) {
      expect(annotations.length).toBeLessThanOrEqual(1);
      expect(masks.every((token) => token.startsWith('ey'))).toBe(true);
      expect(outputs['run-id']).not.toContain('pwned');
      // Only tabs and line breaks are control characters, and nothing changes the direction of text.
      expect(`${summary}${raw}`).not.toMatch(/[^\P{C}\n\t]/u);
      // Outside of code, nothing comes from others.
      const outside = summary.replace(/^(`{3,})text\n.*?\n\1$/gms, '').replace(/(?<!`)(`+) .*? \1(?!`)/g, '');
      expect(outside).not.toMatch(/pwned|<|@|\[/);
    }
  });

  test('runs nothing that is not granted, and says what is', async () => {
    const { exitCode, annotations, outputs } = await run({ command: 'dags delete daily_report --yes' });
    expect({ exitCode, outputs }).toMatchObject({
      exitCode: EXIT_CODES.refused,
      outputs: { outcome: 'not-run', problem: 'not-granted', 'run-id': '' },
    });
    expect(annotations[0]?.message).toContain('Granted to this caller: @read');
    const waiting = await run({ command: 'dags trigger daily_report --exec-date 2026-11-22', wait: 'true' });
    expect(waiting).toMatchObject({
      exitCode: EXIT_CODES.refused,
      outputs: { outcome: 'not-run', problem: 'not-granted' },
    });
    expect(stack.listTriggers()).toEqual([]);
  });

  test.each([
    [
      'without the permission for tokens',
      { ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' },
      EXIT_CODES.setup,
      'Add "permissions: { id-token: write }"',
    ],
    [
      'with the token of another job',
      { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'other' },
      EXIT_CODES.setup,
      'answered with HTTP 401',
    ],
  ])('%s, sends nothing and says what to do', async (_what, env, exitCode, message) => {
    const view = await run({ command: 'dags trigger daily_report' }, { env });
    expect(view).toMatchObject({ exitCode, outputs: { outcome: 'not-run' } });
    expect(view.annotations[0]?.message).toContain(message);
    expect(stack.mwaa.journal).toEqual([]);
  });

  test('shows whose token it was if no grant names the caller', async () => {
    client = 'stranger';
    const { exitCode, annotations } = await run({ command: 'version' });
    expect(exitCode).toBe(EXIT_CODES.refused);
    expect(annotations[0]).toMatchObject({
      title: 'Airflow: The API rejects the token',
      message: expect.stringContaining(
        'The token of this job is of https://id.example.com for "mwaa-cli-proxy", with the subject stranger.',
      ),
    });
  });

  test('starts one run per step: two steps with the same command start two, and two with the same key one', async () => {
    const command = 'dags trigger daily_report';
    const env = { GITHUB_RUN_ATTEMPT: 'one' };
    const [first, second] = [await run({ command }, { env }), await run({ command }, { env })];
    expect(first.outputs['run-id']).not.toBe(second.outputs['run-id']);
    const keyed = { command, 'idempotency-key': 'release-7' };
    const [third, fourth] = [await run(keyed), await run(keyed)];
    expect(fourth.outputs['run-id']).toBe(third.outputs['run-id']);
    expect(fourth.log).toContain('(an earlier request with the same key started it)');
    expect(fourth.log).not.toContain('Traceback');
    expect(JSON.parse(fourth.outputs.output!)).toMatchObject([
      { dag_id: 'daily_report', run_id: third.outputs['run-id'] },
    ]);
  });

  test('repeats a trigger whose answer was lost, and starts one run', async () => {
    await stack.setFault('500-after-run', { maxHits: 1 });
    const { exitCode, outputs } = await run({ command: 'dags trigger daily_report' });
    expect({ exitCode, outputs }).toMatchObject({ exitCode: 0, outputs: { outcome: 'succeeded' } });
    expect(new Set(stack.listTriggers()).size).toBe(1);
    expect(stack.listTriggers()).toHaveLength(2);
  });

  test('does not repeat another command whose answer was lost, and says that it may have run', async () => {
    await stack.setFault('500-after-run', { maxHits: 1 });
    const { exitCode, outputs, annotations } = await run({ command: 'variables set note 1' });
    expect({ exitCode, outputs }).toMatchObject({ exitCode: EXIT_CODES.unknown, outputs: { outcome: 'unknown' } });
    expect(annotations[0]?.title).toBe('Airflow: It is unknown whether the command ran');
    expect(stack.mwaa.journal.filter(({ kind }) => kind === 'cli')).toHaveLength(1);
  });

  test('fails if the run has not finished in time', async () => {
    const { exitCode, outputs, annotations } = await run({
      command: 'dags trigger paused_by_hand',
      wait: 'true',
      timeout: '3s',
    });
    expect({ exitCode, outputs }).toMatchObject({
      exitCode: WAIT_EXIT_CODES.timedOut,
      outputs: { 'run-state': 'queued' },
    });
    expect(annotations[0]?.message).toContain('The run continues.');
  });

  test('says that the run continues if the job is cancelled while it waits', async () => {
    const { exitCode, outputs, annotations } = await run(
      { command: 'dags trigger paused_by_hand', wait: 'true' },
      { onText: (text, child) => text.includes(': queued') && child.kill('SIGINT') },
    );
    expect({ exitCode, outputs }).toMatchObject({
      exitCode: EXIT_CODES.interrupted,
      outputs: { outcome: 'succeeded' },
    });
    expect(annotations[0]).toEqual({
      level: 'error',
      title: 'Airflow: Cancelled',
      message: `The step no longer waits. The run continues: ${outputs['run-id']}.`,
    });
  });

  test('says that a command may run if the job is cancelled before it is answered', async () => {
    await stack.setFault('hang-before-run');
    const { exitCode, outputs, annotations } = await run(
      { command: 'dags trigger daily_report' },
      {
        onText(text, child) {
          if (!text.includes('add-mask')) return;
          // The runner sends SIGINT first, and then SIGTERM.
          const hit = setInterval(() => {
            if (!stack.mwaa.journal.some(({ kind }) => kind === 'cli')) return;
            clearInterval(hit);
            child.kill('SIGINT');
            setTimeout(() => child.kill('SIGTERM'), 200);
          }, 20);
        },
      },
    );
    expect({ exitCode, outputs }).toMatchObject({ exitCode: EXIT_CODES.interrupted, outputs: { outcome: 'unknown' } });
    expect(annotations[0]?.title).toBe('Airflow: Cancelled, and it is unknown whether the command ran');
    expect(annotations[0]?.message).toMatch(/Key: github\/1296269\/1658821493\//);
  });

  test('takes values from variables, which stay values', async () => {
    const command = `dags trigger daily_report --conf='{"ref": "{env.REF}", "n": 9007199254740993}'`;
    const REF = `'; dags delete x --yes "}`;
    expect(await run({ command }, { env: { REF } })).toMatchObject({ exitCode: 0 });
    expect(stack.listTriggers()).toHaveLength(1);
    expect(stack.listTriggers()[0]).toContain('9007199254740993');
    const refused = await run({ command: 'dags trigger {env.DAG}' }, { env: { DAG: '--help' } });
    expect(refused).toMatchObject({ exitCode: EXIT_CODES.usage, outputs: { outcome: 'not-run' } });
    const missing = await run({ command: 'dags trigger {env.DAG}' });
    expect(missing.annotations[0]?.message).toContain('the step has no variable DAG');
  });

  test('hides what the command printed, if it is a secret', async () => {
    const { exitCode, log, outputs, masks } = await run({ command: 'variables get bytes-30', 'print-output': 'false' });
    const secret = 'x'.repeat(30);
    expect({ exitCode, output: outputs.output }).toEqual({ exitCode: 0, output: secret });
    expect(log).not.toContain(secret);
    expect(masks).toContain(secret);
  });

  test("hands on an answer that is longer than GitHub's limit in a file", async () => {
    const { exitCode, outputs, annotations } = await run({ command: 'variables get bytes-600000' });
    expect({ exitCode, output: outputs.output }).toEqual({ exitCode: 0, output: '' });
    expect(readFileSync(outputs['output-file']!, 'utf8')).toHaveLength(600_000);
    expect(annotations.some(({ message }) => message.includes('longer than'))).toBe(true);
  });

  test('goes through the network proxy of the runner, and not to hosts that it exempts', async () => {
    const host = 'token.actions.githubusercontent.com';
    const certificate = await stack.mwaa.issueCertificate(host);
    const issuing = await startTokenServer(() => stack.issueToken(client), { host, certificate });
    const proxy = await startNetworkProxy('connects', { [`${host}:443`]: `127.0.0.1:${issuing.port}` });
    try {
      const env = {
        ...issuing.variables,
        NODE_EXTRA_CA_CERTS: stack.mwaa.caFile,
        https_proxy: `http://127.0.0.1:${proxy.port}`,
        no_proxy: '127.0.0.1',
      };
      expect(await run({ command: 'version' }, { env })).toMatchObject({ exitCode: 0, outputs: { output: '2.10.3' } });
      expect(proxy.hosts).toEqual([`${host}:443`]);
    } finally {
      await proxy.close();
      issuing.close();
    }
  });

  test.each([
    [{ command: 'dags list', wait: 'true' }, EXIT_CODES.usage, 'only for "dags trigger"'],
    [{ command: 'dags list', environment: 'nope' }, EXIT_CODES.setup, 'It can use: prod.'],
  ])('with the inputs %o, runs nothing and says what is wrong', async (inputs, exitCode, message) => {
    const view = await run(inputs as Record<string, string>);
    expect(view).toMatchObject({ exitCode, outputs: { outcome: 'not-run' } });
    expect(view.annotations[0]?.message).toContain(message);
    expect(stack.mwaa.journal).toEqual([]);
  });
});

const checks = await installPythonPackages('checks');
if ('unavailable' in checks) console.error(`SKIPPED: schemas of GitHub: ${checks.unavailable}`);

test.skipIf('unavailable' in checks)(
  "action.yml and the workflows of the page are valid by GitHub's schemas",
  async () => {
    const program = join('unavailable' in checks ? '' : checks.bin, 'check-jsonschema');
    const check = async (schema: string, texts: readonly string[]) => {
      const files = texts.map((text, index) => {
        const file = join(folder, `${index}.yml`);
        writeFileSync(file, text);
        return file;
      });
      return (await runProcess(program, ['--builtin-schema', `vendor.github-${schema}`, ...files])).exitCode;
    };
    const findBlock = (name: string) => new RegExp(`^\`\`\`yaml ${name}\\n(.*?)^\`\`\`$`, 'ms').exec(PAGE)?.[1] ?? '';
    const action = readFileSync(new URL('../../action.yml', import.meta.url), 'utf8');
    expect(await check('actions', [action])).toBe(0);
    expect(await check('actions', [action.replace('node24', 'node1')])).toBe(1);
    expect(await check('workflows', ['github.yaml', 'values.yaml'].map(findBlock))).toBe(0);
  },
);

describe('the GitLab component', () => {
  let programFolder: string;
  let program: string;

  beforeAll(async () => {
    programFolder = mkdtempSync(join(tmpdir(), 'pipelines-program-'));
    program = await packProgram(programFolder);
  });
  afterAll(() => rmSync(programFolder, { recursive: true }));

  let pipelines = 0;
  /** @param isInstalled the program is there already: npm takes longer than the program */
  const runJob = async (inputs: Record<string, unknown>, pipeline = String(++pipelines), isInstalled = true) =>
    runComponent(
      folder,
      { package: program, interval: '1s', ...inputs },
      {
        MWAA_CLI_PROXY_URL: stack.url,
        MWAA_ENVIRONMENT: 'prod',
        CI_PIPELINE_ID: `${folder}/${pipeline}`,
        MWAA_CLI_PROXY_TOKEN: await stack.issueToken(client),
      },
      isInstalled,
    );

  test('triggers a run, waits for it, and hands on its id', async () => {
    const command = `dags trigger daily_report --conf '{"branch": "{env.CI_JOB_NAME}"}'`;
    const { exitCode, log, variables, report, output } = await runJob({ command, wait: true }, 'installs', false);
    expect({ exitCode, log }).toMatchObject({ exitCode: 0, log: expect.stringMatching(/^Run \S+: success/m) });
    expect(variables).toEqual({
      AIRFLOW_OUTCOME: 'succeeded',
      AIRFLOW_RUN_ID: expect.stringMatching(RUN_ID),
      AIRFLOW_RUN_STATE: 'success',
      AIRFLOW_PROBLEM: '',
    });
    expect(report).toContain('failures="0"');
    expect(JSON.parse(output!)).toMatchObject([{ dag_id: 'daily_report' }]);
    expect(stack.listTriggers()[0]).toMatch(/--conf='\{"branch": ?"report"\}'/);
  });

  test('reports a failed run, with its failed tasks as failed tests, and text of others as text', async () => {
    const failed = await runJob({ command: 'dags trigger hostile', wait: true });
    expect(failed).toMatchObject({ exitCode: EXIT_CODES.failed, variables: { AIRFLOW_RUN_STATE: 'failed' } });
    expect(failed.log).toMatch(/^ERROR: The DAG run failed: /m);
    expect(failed.report).toContain(`tests="${HOSTILE_LINES.length}" failures="${HOSTILE_LINES.length}"`);
    expect(failed.report).toContain('name="# pwned &lt;img src=x onerror=alert(1)&gt;');
    expect(`${failed.log}${failed.report}`).not.toMatch(/[^\P{C}\n\t]/u);
  });

  test('in a retried job, finds the run of the attempt before, and starts a new one only if that run has failed', async () => {
    const command = 'dags trigger daily_report';
    const [first, retried] = [await runJob({ command }, 'a'), await runJob({ command }, 'a')];
    expect(retried.variables.AIRFLOW_RUN_ID).toBe(first.variables.AIRFLOW_RUN_ID);
    const failing = { command: 'dags trigger fails_on_purpose' };
    const ids = [];
    for (const _attempt of [1, 2, 3]) ids.push((await runJob(failing, 'b')).variables.AIRFLOW_RUN_ID);
    expect(new Set(ids).size).toBe(3);
    const chosen = { ...failing, 'idempotency-key': 'chosen' };
    const [third, fourth] = [await runJob(chosen, 'c'), await runJob(chosen, 'd')];
    expect(fourth.variables.AIRFLOW_RUN_ID).toBe(third.variables.AIRFLOW_RUN_ID);
  });

  test('without a token, says how to get one', async () => {
    const { exitCode, log } = await runComponent(
      folder,
      { package: program, command: 'version' },
      { MWAA_CLI_PROXY_URL: stack.url, MWAA_ENVIRONMENT: 'prod' },
      true,
    );
    expect({ exitCode, log }).toEqual({
      exitCode: EXIT_CODES.setup,
      log: expect.stringContaining('id_tokens: { MWAA_CLI_PROXY_TOKEN: { aud: mwaa-cli-proxy } }'),
    });
  });
});

const PAGE = readFileSync(new URL('../../docs/pipelines.md', import.meta.url), 'utf8');
/** The state machines of the page. */
const MACHINES = new Map(
  [...PAGE.matchAll(/^```json (\S+)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => [name, JSON.parse(text)]),
);

if ('unavailable' in PACKAGES) console.error(`SKIPPED: state machines: ${PACKAGES.unavailable}`);

describe.skipIf('unavailable' in PACKAGES)('the state machines of the page', () => {
  let executions = 0;
  const start = (name: string, input: unknown) =>
    execute(
      stack,
      'nightly-workflow',
      MACHINES.get(name),
      input,
      `arn:aws:states:eu-west-1:111122223333:execution:nightly:${++executions}-${folder}`,
    );
  const CONF = { conf: { day: '2026-11-22' } };
  const NAMES = ['state-machine.json', 'set-variable.json'];

  test('are the ones that are tested here, and are valid', async () => {
    expect([...MACHINES.keys()]).toEqual(NAMES);
    for (const name of NAMES) expect(await validateDefinition(MACHINES.get(name))).toEqual([]);
    expect(await validateDefinition({ ...MACHINES.get('set-variable.json'), StartAt: 'Nothing' })).not.toEqual([]);
  });

  test('start a run and wait for it', async () => {
    const { output, statuses } = await start('state-machine.json', CONF);
    expect(output).toMatchObject({ runId: expect.stringMatching(RUN_ID), run: { state: 'success' } });
    expect(statuses).toEqual([200, 200, 200]);
    expect(stack.listTriggers()).toEqual([expect.stringMatching(/--conf='\{"day":"2026-11-22"\}'/)]);
  });

  test.each([
    // The relay requests a token three times before it answers.
    ['a problem after which nothing ran', 'token-throttled', 3, [503]],
    ['an answer that was lost', '500-after-run', 1, [424]],
  ] as const)('repeat a trigger after %s, and start one run', async (_what, fault, maxHits, statuses) => {
    await stack.setFault(fault, { maxHits });
    const execution = await start('state-machine.json', CONF);
    expect(execution.output).toMatchObject({ run: { state: 'success' } });
    expect(execution.statuses.filter((status) => status !== 200).slice(0, 1)).toEqual(statuses);
    expect(new Set(stack.listTriggers()).size).toBe(1);
  });

  test('do not repeat what is rejected', async () => {
    const definition = JSON.parse(
      JSON.stringify(MACHINES.get('state-machine.json')).replaceAll('daily_report', '--pid=x'),
    );
    const { error, statuses } = await execute(stack, 'nightly-workflow', definition, CONF, 'arn:aws:states:rejected');
    expect(statuses).toHaveLength(1);
    expect(error).toContain('ApiGateway.4');
  });

  test('repeat another command only if nothing ran', async () => {
    expect(await start('set-variable.json', { day: '2026-11-22' })).toMatchObject({ statuses: [200] });
    await stack.setFault('500-after-run', { maxHits: 1 });
    expect(await start('set-variable.json', { day: '2026-11-23' })).toMatchObject({ statuses: [424] });
    await stack.setFault('token-throttled', { maxHits: 3 });
    expect(await start('set-variable.json', { day: '2026-11-24' })).toMatchObject({ statuses: [503, 200] });
  });
});
