import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { splitRecords } from '../../airflow/stream-records.ts';
import { createAirflowHome } from '../../local/airflow/create-airflow-home.ts';
import { createAirflowRunner } from '../../local/airflow/create-airflow-runner.ts';
import { installAirflow } from '../../local/airflow/install-airflow.ts';
import { buildPrograms } from '../../local/build-programs.ts';
import { createClientVariables, createCredentialVariables } from '../../local/call-instructions.ts';
import { createPrincipalStore } from '../../local/iam/principal-store.ts';
import { verifySignature } from '../../local/iam/verify-signature.ts';
import { type LocalStack, startLocalStack } from '../../local/local-stack.ts';
import { type MwaaStandIn, startMwaa } from '../../local/mwaa/start.ts';
import { createConfigText } from '../fixtures/create-config-text.ts';
import { startPreforkedAirflow } from './preforked-airflow.ts';
import { installAirflowOnPath, runShell, type ShellResult } from './run-shell.ts';
import { selectReleases } from './select-releases.ts';
import { SCRIPT_DIALECTS, SHELL_SCRIPTS } from './shell-scripts.ts';

const REGION = 'ap-southeast-2';
const ACCOUNT = '111122223333';
const PATH = '/usr/local/bin:/usr/bin:/bin';

/** Airflow prints log records to standard output too. The client prints them to standard error. */
const removeLogRecords = (stdout: string): string =>
  splitRecords(stdout)
    .flatMap(({ kind, text }) => (kind === 'text' ? text : []))
    .join('');

const createConfig = (release: string) =>
  createConfigText({
    api: `endpoint: regional, callers: { accounts: ["${ACCOUNT}"] }`,
    environments: { prod: `airflow: ${release}, concurrency: 4` },
    grants: [
      `who: "arn:aws:iam::${ACCOUNT}:role/team", where: "*", may: ["@read", "@operate", "@trigger", "variables get * --*",
        "variables list --*", "variables set * * --*", "dags delete * --*"]`,
    ],
  });

/** The scripts whose words, streams or exit codes the clients could get wrong in different ways. */
const MAIN_SCRIPTS = [
  'a loop over a JSON list',
  'set -e ends the script at the first failure',
  'awkward values',
  '--conf from a variable',
  'xargs with four processes',
  'a confirmation prompt without input',
  'an import of variables',
  'an unknown command or option',
];

/**
 * Runs each script three times: with a real `airflow` on this machine, with ours through the proxy, and with ours without a proxy. Each
 * has its own Airflow. The standard output and the exit code must be the same.
 */
describe.each(selectReleases(SCRIPT_DIALECTS, ({ release }) => release === '2.10.3'))(
  'a shell script has the same output and exit code with our airflow as with Airflow $release:',
  (dialect) => {
    const { release } = dialect;
    const folder = mkdtempSync(join(tmpdir(), 'scripts-'));
    const closing: (() => Promise<unknown>)[] = [];
    const runners: Record<string, (script: string) => Promise<ShellResult>> = {};
    let unavailable: string | undefined;

    beforeAll(async () => {
      const program = (await buildPrograms())('airflow');
      const installed = await installAirflow(release, { onProgress: console.error });
      if ('unavailable' in installed) {
        unavailable = installed.unavailable;
        return;
      }
      const createFolder = async (name: string) => {
        const path = join(folder, name);
        await mkdir(path);
        return path;
      };

      const home = await createAirflowHome(installed, await createFolder('local'));
      const preforked = await startPreforkedAirflow(installed, home);
      closing.push(() => preforked.close());
      runners.local = (script) => runShell(script, home.folder, preforked.environment);

      const configFile = join(folder, 'config.yaml');
      writeFileSync(configFile, createConfig(release));
      const stack: LocalStack = await startLocalStack({ configFile, onProgress: console.error });
      closing.push(() => stack.close());
      const caller = stack.createCaller('team', 'script');
      const proxied = await createFolder('proxied');
      const proxyPath = await installAirflowOnPath(proxied, program);
      runners['through the proxy'] = (script) =>
        runShell(script, proxied, {
          PATH: `${proxyPath}:${PATH}`,
          HOME: proxied,
          LANG: 'C.UTF-8',
          ...createClientVariables(stack.url, REGION, 'prod', caller),
        });

      const direct = await createFolder('direct');
      const airflow = createAirflowRunner(installed, await createAirflowHome(installed, await createFolder('remote')));
      closing.push(() => airflow.close());
      const principals = createPrincipalStore();
      const mwaa: MwaaStandIn = await startMwaa({
        region: REGION,
        account: ACCOUNT,
        caDir: direct,
        environments: [{ name: 'prod', runner: airflow }],
        verifySignature: (request) =>
          verifySignature(request, { service: 'airflow', region: REGION, principals, now: Date.now }),
        isAllowed: () => true,
      });
      closing.push(() => mwaa.close());
      const directPath = await installAirflowOnPath(direct, program, mwaa.network);
      const person = principals.issueCredentials(`arn:aws:sts::${ACCOUNT}:assumed-role/person/jo`, []);
      runners['without a proxy'] = (script) =>
        runShell(script, direct, {
          PATH: `${directPath}:${PATH}`,
          HOME: direct,
          LANG: 'C.UTF-8',
          NODE_EXTRA_CA_CERTS: mwaa.caFile,
          MWAA_ENVIRONMENT: 'prod',
          MWAA_AIRFLOW_VERSION: release,
          AWS_REGION: REGION,
          ...createCredentialVariables(person),
        });
    });
    afterAll(async () => {
      for (const close of closing.reverse()) await close();
      rmSync(folder, { recursive: true, force: true });
    });

    test.for(selectReleases(SHELL_SCRIPTS, ([what]) => MAIN_SCRIPTS.includes(what)))(
      '%s',
      async ([, script], { skip }) => {
        if (unavailable !== undefined) return skip(unavailable);
        const text = script(dialect);
        const [local, ...clients] = await Promise.all(
          Object.entries(runners).map(async ([name, run]) => [name, await run(text)] as const),
        );
        const expected = { exitCode: local![1].exitCode, stdout: removeLogRecords(local![1].stdout) };
        for (const [name, { exitCode, stdout, stderr }] of clients) {
          expect({ name, exitCode, stdout: removeLogRecords(stdout) }, stderr).toEqual({ name, ...expected });
        }
      },
    );
  },
);
