import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runMwaa } from '../../client/mwaa/run-mwaa.ts';
import { startScheduler } from '../../local/airflow/start-scheduler.ts';
import { buildPrograms } from '../../local/build-programs.ts';
import { createClientVariables, createCredentialVariables } from '../../local/call-instructions.ts';
import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';
import { createRecordedTerminal } from '../create-recorded-terminal.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';
import { selectReleases } from './select-releases.ts';

const NETWORK = fileURLToPath(new URL('../../local/gateway/functions/install-network.ts', import.meta.url));

const getTriggerCommand = (release: string): string => (release.startsWith('1.') ? 'trigger_dag' : 'dags trigger');

const createConfig = (release: string) =>
  createConfigText({
    api: 'endpoint: regional, callers: { accounts: ["111122223333"] }',
    environments: { prod: `airflow: ${release}, concurrency: 4` },
    grants: [
      `who: "arn:aws:iam::111122223333:role/pipeline", where: prod, may: ["@read", "${getTriggerCommand(release)} * --conf=*"]`,
      `who: "arn:aws:iam::111122223333:role/blind", where: prod, may: ["${getTriggerCommand(release)} *"]`,
    ],
  });

/** A real scheduler runs the tasks, so the states of the runs are Airflow's own. */
describe.each(selectReleases(['1.10.12', '2.10.3', '3.0.6'], (release) => release === '2.10.3'))(
  'mwaa on Airflow %s',
  (release) => {
    const folder = mkdtempSync(join(tmpdir(), 'wait-'));
    const closing: (() => Promise<unknown>)[] = [];
    let stack: LocalStack;
    let program: string;
    let home: string | undefined;

    const trigger = getTriggerCommand(release).split(' ');
    /** 1.10 is slow in these tests, so tests that do not depend on the release skip it. */
    const isOld = release.startsWith('1.');

    beforeAll(async () => {
      program = (await buildPrograms())('mwaa');
      const configFile = join(folder, 'config.yaml');
      writeFileSync(configFile, createConfig(release));
      // Without this, the relay retries for 20 seconds before it reports that MWAA is busy.
      stack = await startLocalStack({ configFile, onProgress: console.error, timeouts: { busySeconds: 0 } });
      closing.push(() => stack.close());
      const [environment] = stack.environments;
      home = environment?.home?.folder;
      if (environment?.home) closing.push(await startScheduler(release, environment.home));
      else
        console.error(
          `SKIPPED: runs on Airflow ${release}, because it is not available and recorded answers have no scheduler`,
        );
    });
    afterAll(async () => {
      for (const close of closing.reverse()) await close();
      rmSync(folder, { recursive: true });
    });

    const variables = (role: string): Record<string, string> => {
      const caller = stack.createCaller(role, 'build');
      return {
        ...createClientVariables(stack.url, stack.region, 'prod', caller),
        XDG_CONFIG_HOME: folder,
      };
    };

    async function run(argv: string[], role = 'pipeline') {
      const { terminal, written } = createRecordedTerminal(variables(role));
      return { exitCode: await runMwaa(argv, terminal), ...written };
    }

    const runAndWait = (dag: string, ...options: string[]) =>
      run(['run', '--wait', '--interval', '1s', '--timeout', '10m', ...options, '--', ...trigger, dag]);
    const extractRunId = (stderr: string) => /(mwaa-cli-proxy__\S+) of /.exec(stderr)?.[1] ?? '';

    let successfulRun: ReturnType<typeof runAndWait> | undefined;
    /** Returns a successful run of daily_report, which is shared by the tests that do not need their own run. */
    const getSuccessfulRun = () => {
      successfulRun ??= runAndWait('daily_report');
      return successfulRun;
    };

    test('exits with 0 after a run that succeeds', async ({ skip }) => {
      if (home === undefined) return skip();
      const { exitCode, stdout, stderr } = await getSuccessfulRun();
      expect({ exitCode, stderr }).toEqual({
        exitCode: 0,
        stderr: expect.stringMatching(/mwaa run: \S+ of daily_report: success after \d/),
      });
      expect(stdout).toContain('daily_report');
      expect(stack.mwaa.getMaxConcurrent('prod')).toBe(1);
      const runId = extractRunId(stderr);
      // Waiting for a run that has already ended returns its state.
      const again = await run(['wait', 'daily_report', runId]);
      expect(again).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining(`${runId} of daily_report: success`),
      });
      if (isOld) return;
      const tasks = await run(['run', '--output', 'json', '--', 'tasks', 'states-for-dag-run', 'daily_report', runId]);
      expect(JSON.parse(tasks.stdout).output.map(({ state }: { state: string }) => state)).toEqual(
        Array(3).fill('success'),
      );
    });

    test('exits with 1 after a run that fails, and prints the failed tasks and where their logs are', async ({
      skip,
    }) => {
      if (home === undefined) return skip();
      const before = Date.now();
      const { exitCode, stderr } = await runAndWait('fails_on_purpose');
      expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('aws logs tail') });
      if (isOld) return;
      expect(stderr).toContain('Failed tasks: fail\n');
      const [, since, prefix] = /aws logs tail airflow-prod-Task --since (\S+) --log-stream-name-prefix (\S+)/.exec(
        stderr,
      )!;
      // The time is in whole seconds, so it may be up to one second early.
      expect(Date.parse(since!)).toBeGreaterThan(before - 1000);
      expect(Date.parse(since!)).toBeLessThanOrEqual(Date.now());
      // Airflow's log file has the same path as the log stream in MWAA.
      expect(existsSync(join(home, 'logs', prefix!, 'attempt=1.log'))).toBe(true);
    });

    test.skipIf(isOld)('does the same without a proxy', async ({ skip }) => {
      if (home === undefined) return skip();
      const tokenPolicy = {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'airflow:CreateCliToken', Resource: '*' }],
      };
      const person = stack.createCallerInAccount('111122223333', 'person', 'jo', [tokenPolicy]);
      const preload = join(folder, 'network.mjs');
      writeFileSync(
        preload,
        `import { installNetwork } from ${JSON.stringify(NETWORK)};\ninstallNetwork({ table: ${JSON.stringify(stack.mwaa.network)} });\n`,
      );
      const words = ['run', '--wait', '--interval', '1s', '--', 'dags', 'trigger', 'fails_on_purpose'];
      const child = spawn(process.execPath, ['--import', preload, program, ...words], {
        env: {
          PATH: process.env.PATH,
          NODE_EXTRA_CA_CERTS: stack.mwaa.caFile,
          ...createCredentialVariables(person),
          AWS_REGION: stack.region,
          MWAA_ENVIRONMENT: 'prod',
          MWAA_AIRFLOW_VERSION: release,
          XDG_CONFIG_HOME: folder,
        },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let stderr = '';
      child.stderr.setEncoding('utf8').on('data', (text) => {
        stderr += text;
      });
      const [exitCode] = await once(child, 'close');
      expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('Failed tasks: fail\n') });
      expect(stderr).toContain('The task logs are in CloudWatch Logs:\n');
    });

    test.skipIf(isOld)('waits for the same run if a trigger is sent again with its key', async ({ skip }) => {
      if (home === undefined) return skip();
      const runs = [];
      for (const _try of [1, 2]) runs.push(await runAndWait('daily_report', '--key', 'build-7'));
      expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
      expect(new Set(runs.map(({ stderr }) => extractRunId(stderr))).size).toBe(1);
    });

    test.skipIf(isOld)('finds the run of a trigger whose response is lost, and waits for it', async ({ skip }) => {
      if (home === undefined) return skip();
      await stack.setFault('reset-after-run', { maxHits: 1 });
      try {
        const { exitCode, stderr } = await runAndWait('daily_report');
        expect({ exitCode, stderr }).toEqual({
          exitCode: 0,
          stderr: expect.stringContaining('It is unknown whether the run was created'),
        });
        expect(stderr).toContain('success');
      } finally {
        await stack.setFault();
      }
    });

    test.skipIf(isOld).each([
      // The library retries on its own, after the time that the relay returns.
      ['a busy MWAA', '503-always', ''],
      ['an unreachable web server', 'connect-refused', 'will retry'],
    ] as const)('keeps waiting during %s', async (_what, fault, message) => {
      if (home === undefined) return;
      const runId = extractRunId((await getSuccessfulRun()).stderr);
      stack.mwaa.journal.splice(0);
      await stack.setFault(fault);
      try {
        const { terminal, written } = createRecordedTerminal(variables('pipeline'));
        const waiting = runMwaa(['wait', '--interval', '1s', 'daily_report', runId], terminal);
        // An unreachable web server writes nothing to the journal, and a retry of the library prints nothing.
        const wasFaultHit = () => stack.mwaa.journal.some(({ faultName }) => faultName === fault);
        while (!wasFaultHit() && !(message !== '' && written.stderr.includes(message))) await delay(20);
        await stack.setFault();
        expect({ exitCode: await waiting, ...written }).toMatchObject({
          exitCode: 0,
          stdout: expect.stringContaining('success'),
          stderr: expect.stringContaining(message),
        });
      } finally {
        await stack.setFault();
      }
    });

    test.skipIf(isOld)(
      'exits with 124 if the run of a paused DAG does not end before the timeout',
      async ({ skip }) => {
        if (home === undefined) return skip();
        let seconds = 3;
        let ended = await runAndWait('paused_by_hand', '--timeout', `${seconds}s`);
        // On a slow machine, the timeout may end before the first state is read.
        for (; ended.exitCode === 124 && !ended.stderr.includes('queued') && seconds < 200; seconds *= 4) {
          ended = await runAndWait('paused_by_hand', '--timeout', `${4 * seconds}s`);
        }
        const { exitCode, stderr } = ended;
        expect({ exitCode, stderr }).toEqual({
          exitCode: 124,
          stderr: expect.stringMatching(/not finished after \d+m? ?\d*s, last state: queued/),
        });
        expect(stderr).toContain('mwaa wait --environment prod -- paused_by_hand ');
      },
    );

    test.skipIf(isOld)(
      'exits with 130 after Ctrl-C, and prints the command that continues waiting',
      async ({ skip }) => {
        if (home === undefined) return skip();
        const { stdout } = await run(['run', '--output', 'json', '--', ...trigger, 'paused_by_hand']);
        const { runId } = JSON.parse(stdout);
        const child = spawn(process.execPath, [program, 'wait', 'paused_by_hand', runId], {
          env: { PATH: process.env.PATH, ...variables('pipeline') },
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        let stderr = '';
        child.stderr.setEncoding('utf8').on('data', (text) => {
          if (stderr === '') child.kill('SIGINT');
          stderr += text;
        });
        const [exitCode] = await once(child, 'close');
        expect({ exitCode, stderr }).toEqual({
          exitCode: 130,
          stderr: expect.stringContaining(`-- paused_by_hand ${runId}\n`),
        });
        expect(stderr).toMatch(/^\S+ of paused_by_hand: queued \(after \S+\)\n/);
      },
    );

    test.each([
      ['run', ['daily_report', 'nope']],
      ['DAG', ['nope', 'nope']],
    ])('exits with 66 for a %s that does not exist', async (what, words) => {
      if (home === undefined) return;
      // The list of 1.10 does not show that it is complete, so the run may exist.
      const isUnclear = isOld && what === 'run';
      expect(await run(['wait', '--timeout', isUnclear ? '20s' : '10m', ...words])).toMatchObject({
        exitCode: isUnclear ? 124 : 66,
        stderr: expect.stringContaining(isUnclear ? 'state unknown' : 'There is no run nope'),
      });
    });

    test('sends no trigger if the caller may not read the state of the run', async () => {
      stack.mwaa.journal.splice(0);
      const words = ['run', '--wait', '--', ...trigger, 'daily_report'];
      expect(await run(words, 'blind')).toMatchObject({
        exitCode: 77,
        stderr: expect.stringContaining('The trigger was not sent'),
      });
      expect(stack.mwaa.journal).toEqual([]);
    });

    test('lists the environments and the commands that the caller may run', async () => {
      expect(await run(['environments'])).toMatchObject({ exitCode: 0, stdout: `prod  Airflow ${release}\n` });
      const { stdout } = await run(['allowed', 'trigger']);
      expect(stdout).toMatch(
        new RegExp(`^line \\d+: ${trigger.join(' ')} \\* --conf=\\*\n  ${trigger.join(' ')} dag_id .*\n$`),
      );
      expect(await run(['allowed', 'delete'], 'blind')).toMatchObject({ exitCode: 1, stdout: '' });
    });
  },
);
