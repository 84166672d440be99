/**
 * The Python package: its wheel, what it installs, its README as written, and everything that checks its code. With `EVERY_RELEASE=1` on
 * the oldest and the newest Python that it supports.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getCacheFolder } from '../../local/airflow/cache.ts';
import { findAnyPython, findPython } from '../../local/airflow/find-python.ts';
import { findUv } from '../../local/airflow/find-uv.ts';
import { installPythonPackages } from '../../local/airflow/install-python-packages.ts';
import { createReplayRunner } from '../../local/airflow/replay-runner.ts';
import { createInstallerEnvironment, type ProcessResult, runProcess } from '../../local/airflow/run-process.ts';
import { createClientVariables, createCredentialVariables } from '../../local/call-instructions.ts';
import { createPrincipalStore } from '../../local/iam/principal-store.ts';
import { verifySignature } from '../../local/iam/verify-signature.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { startMwaa } from '../../local/mwaa/start.ts';
import { buildPackage, PACKAGE_FOLDER } from '../../tools/python-package/build-package.ts';
import { startNetworkProxy } from '../contract/network-proxy.ts';
import { ISSUER_URL, type OidcIssuer, startOidcIssuer } from './oidc-issuer.ts';
import { RUNS_ALL } from './select-releases.ts';
import { createConfig, startSmallStack } from './small-stack.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const ACCOUNT = '111122223333';
/** As in the guide. */
const REGION = 'eu-west-1';

/** The minor versions of Python, or undefined for the one on the PATH. */
const PYTHONS: readonly (string | undefined)[] = RUNS_ALL ? ['3.10', '3.13'] : [undefined];

/** The package, botocore, and what botocore needs. */
const INSTALLED = ['botocore', 'jmespath', 'mwaa-cli-proxy', 'python-dateutil', 'six', 'urllib3'];

const checks = await installPythonPackages('python-checks');
if ('unavailable' in checks) console.error(`SKIPPED: the Python package: ${checks.unavailable}`);
const bin = 'bin' in checks ? checks.bin : '';

/** A folder of the test, with `dist` (the wheel), and `unpacked` (what it contains). */
const folder = mkdtempSync(join(tmpdir(), 'python-package-'));
const unpacked = join(folder, 'unpacked');
let wheel: string;

const run = (program: string, args: readonly string[], options: Parameters<typeof runProcess>[2] = {}) =>
  runProcess(program, args, { cwd: PACKAGE_FOLDER, ...options });

/** The output of a program that must succeed. */
async function check(program: string, args: readonly string[], options?: Parameters<typeof run>[2]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(program, args, options);
  expect({ exitCode, output: exitCode === 0 ? '' : `${stdout}${stderr}` }).toEqual({ exitCode: 0, output: '' });
  return stdout;
}

describe.skipIf('unavailable' in checks)('the Python package', () => {
  beforeAll(async () => {
    const dist = join(folder, 'dist');
    const name = `mwaa_cli_proxy-${version}`;
    // The version is that of package.json.
    expect(await buildPackage(join(bin, 'hatchling'), dist)).toEqual([`${name}-py3-none-any.whl`, `${name}.tar.gz`]);
    wheel = join(dist, `${name}-py3-none-any.whl`);
    await check(join(bin, 'python'), ['-m', 'zipfile', '-e', wheel, unpacked]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('contains the modules, their types, and the entry points', () => {
    const modules = readdirSync(join(PACKAGE_FOLDER, 'src', 'mwaa_cli_proxy')).filter((name) => name !== '__pycache__');
    expect(readdirSync(unpacked).sort()).toEqual(['mwaa_cli_proxy', `mwaa_cli_proxy-${version}.dist-info`]);
    expect(readdirSync(join(unpacked, 'mwaa_cli_proxy')).sort()).toEqual(modules.sort());
    expect(modules).toContain('py.typed');
    const entryPoints = readFileSync(join(unpacked, `mwaa_cli_proxy-${version}.dist-info`, 'entry_points.txt'), 'utf8');
    for (const name of ['mwaa-airflow', 'mwaa-wait', 'apache_airflow_provider']) expect(entryPoints).toContain(name);
  });

  test('is clean for ruff', async () => {
    await check(join(bin, 'ruff'), ['check', '--no-cache', '.']);
    await check(join(bin, 'ruff'), ['format', '--no-cache', '--check', '.']);
  });

  /** `mwaa_cli_proxy.airflow` is checked where Airflow is installed. */
  test('is typed strictly, and so are its callers', async () => {
    const mypy = (...args: readonly string[]) =>
      run(join(bin, 'mypy'), ['--cache-dir', join(getCacheFolder(), 'mypy'), '--no-error-summary', ...args]);
    const clean = await mypy('--exclude', 'mwaa_cli_proxy/airflow/', 'src/mwaa_cli_proxy', 'tests/typed_caller.py');
    expect(clean).toEqual({ exitCode: 0, stdout: '', stderr: '' });
    const wrong = await mypy('tests/wrong_caller.py');
    const lines = readFileSync(join(PACKAGE_FOLDER, 'tests', 'wrong_caller.py'), 'utf8').split('\n');
    const marked = lines.flatMap((line, index) => (line.includes('  # ') ? [index + 1] : []));
    const found = [...wrong.stdout.matchAll(/^tests\/wrong_caller\.py:(\d+): error/gm)].map(([, line]) => Number(line));
    expect([...new Set(found)]).toEqual(marked);
  });

  test('has the reference that its docstrings say (to update it: npm run python-reference)', async () => {
    const page = await check(join(bin, 'python'), ['tools/write_reference.py'], {
      environment: { ...createInstallerEnvironment(), PYTHONPATH: unpacked, PYTHONDONTWRITEBYTECODE: '1' },
    });
    expect(readFileSync(new URL('../../docs/python-reference.md', import.meta.url), 'utf8')).toBe(page);
  });

  describe.each(PYTHONS)('on Python %s', (minor) => {
    test('passes its own tests', async () => {
      const packages = await installPythonPackages('python-checks', minor);
      if ('unavailable' in packages) throw new Error(packages.unavailable);
      await check(join(packages.bin, 'python'), ['-m', 'pytest', '-p', 'no:cacheprovider', '--ignore=tests/airflow'], {
        environment: { ...createInstallerEnvironment(), PYTHONPATH: unpacked, PYTHONDONTWRITEBYTECODE: '1' },
      });
    });
  });

  describe.each(PYTHONS)('its README and its guide on Python %s', (minor) => {
    const pages = ['python/README.md', 'docs/python.md']
      .map((page) => readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8'))
      .join('\n');
    /** The fenced blocks that have a name after their language. */
    const blocks = new Map(
      [...pages.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => [name, text]),
    );
    const home = join(folder, `home-${minor}`);
    const programs = join(home, 'venv', 'bin');
    let stack: LocalStack;
    let issuer: OidcIssuer;
    let variables: Record<string, string>;

    beforeAll(async () => {
      mkdirSync(home);
      const rules = 'where: "*", may: ["dags list", "dags trigger * --conf=* --run-id=*", "dags list-runs --dag-id=*"]';
      const config = createConfig(
        `oidc: { issuer: "${ISSUER_URL}", jwksUri: "${ISSUER_URL}/jwks", audience: mwaa-cli-proxy, requiredClaims: { team: data } }`,
        '',
        [`who: "arn:aws:iam::111122223333:role/reporting", ${rules}`, `who: "oidc:team=data", ${rules}`],
      );
      const clients = { data: { claims: { team: 'data' } } };
      stack = await startSmallStack(config, {
        createExtraNetwork: async (issue) => {
          issuer = await startOidcIssuer(issue, clients);
          return issuer.network;
        },
      });
      const caller = stack.createCaller('reporting', 'jo');
      variables = createClientVariables(stack.url, stack.region, 'prod', caller);
      for (const [name, text] of blocks) if (name.endsWith('.py')) writeFileSync(join(home, name), text);
      writeFileSync(join(home, 'token.jwt'), await issuer.issueToken('data'));
      stack.mwaa.journal.splice(0);
    });
    afterAll(async () => {
      await stack?.close();
      await issuer?.close();
    });

    /** Runs a program of the README, with only these variables, PATH and HOME. */
    const runBlock = (name: string, ...args: readonly string[]): Promise<ProcessResult> =>
      run(join(programs, 'python'), [name, ...args], {
        cwd: home,
        environment: { PATH: process.env.PATH, HOME: home, ...variables },
      });
    const listSentCommands = () =>
      stack.mwaa.journal.filter(({ kind }) => kind === 'cli').map(({ commandText }) => commandText);
    const RUN = /^succeeded mwaa-cli-proxy__key-[0-9a-f]+$/;

    test('installs it with nothing but what botocore needs', async () => {
      const python = minor === undefined ? await findAnyPython() : await findPython(minor);
      const uv = await findUv(getCacheFolder(), await findAnyPython(), console.error);
      if (typeof uv !== 'string' || python === undefined) throw new Error(`There is no Python ${minor}, or no uv.`);
      // Faster than the module `venv`.
      const venv = ['venv', '--quiet', '--no-config', '--seed', '--python', python, join(home, 'venv')];
      await check(uv, venv, { environment: createInstallerEnvironment() });
      // Pip finds the wheel in place of a published one, and the versions that were tested.
      const pinned = readFileSync(
        new URL('../../local/airflow/requirements/python-checks.in', import.meta.url),
        'utf8',
      );
      const constraints = join(home, 'constraints.txt');
      writeFileSync(constraints, `mwaa-cli-proxy @ file://${wheel}\n${/^botocore==.*$/m.exec(pinned)?.[0]}\n`);
      const environment = {
        ...createInstallerEnvironment(),
        PATH: [programs, process.env.PATH].join(delimiter),
        PIP_CONSTRAINT: constraints,
        PIP_DISABLE_PIP_VERSION_CHECK: '1',
        PIP_NO_COMPILE: '1',
      };
      const listInstalled = async (): Promise<string[]> =>
        JSON.parse(await check(join(programs, 'pip'), ['list', '--format', 'json'], { environment })).map(
          ({ name }: { name: string }) => name.toLowerCase(),
        );
      const before = await listInstalled();
      await check('sh', ['-c', blocks.get('install') ?? 'false'], { cwd: home, environment });
      expect((await listInstalled()).filter((name) => !before.includes(name)).sort()).toEqual(INSTALLED);
    });

    test('triggers a run, and gets the same run when it is run again', async () => {
      const [first, second] = [await runBlock('trigger.py'), await runBlock('trigger.py')];
      expect(first).toMatchObject({ exitCode: 0, stderr: '' });
      expect(first.stdout.trim()).toMatch(RUN);
      expect(second.stdout).toBe(first.stdout);
      expect(listSentCommands()).toEqual(Array(2).fill(expect.stringMatching(/^dags trigger .*daily_report$/)));
    });

    test('lists DAGs with a token', async () => {
      const { exitCode, stdout, stderr } = await runBlock('list.py');
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout.split('\n')).toContain('daily_report');
    });

    test('waits for a run. Recorded answers have no run that ends', async () => {
      const { exitCode, stderr } = await runBlock('wait.py', 'daily_report', 'manual__2026-11-22T00:00:00+00:00 a/b');
      expect(exitCode).toBe(1);
      expect(stderr).toBe('DAG daily_report has no run manual__2026-11-22T00:00:00+00:00 a/b.\n');
    });

    test('triggers five runs at the same time', async () => {
      const { exitCode, stdout, stderr } = await runBlock('many.py');
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      const runs = stdout.trim().split('\n');
      expect(runs).toEqual(Array(5).fill(expect.stringMatching(RUN)));
      expect(new Set(runs).size).toBe(5);
    });

    test('lists what is granted, and DAGs', async () => {
      const { exitCode, stdout, stderr } = await runBlock('start.py');
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toMatch(/^dags list .*^dags trigger .*^daily_report$/ms);
    });

    test('explains a command, and reads a result', async () => {
      const { exitCode, stdout, stderr } = await runBlock('command.py');
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toMatch(/^"dags delete" .* is not granted .*\nsucceeded the JSON /);
    });

    test('waits in a script', async () => {
      const { exitCode, stderr } = await runBlock('wait_script.py', 'daily_report', 'r 1');
      expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: 'DAG daily_report has no run r 1.\n' });
    });

    test('triggers parts at the same time', async () => {
      expect(await runBlock('parts.py')).toEqual({ exitCode: 0, stdout: '6\n', stderr: '' });
    });

    /** Through a network proxy, so that the names of AWS lead to the simulation. */
    test('calls MWAA without a proxy', async () => {
      const runner = await createReplayRunner('2.10.3');
      const principals = createPrincipalStore();
      const engineer = principals.issueCredentials(`arn:aws:sts::${ACCOUNT}:assumed-role/engineer/jo`, []);
      const mwaa = await startMwaa({
        region: REGION,
        account: ACCOUNT,
        caDir: mkdtempSync(join(folder, 'ca-')),
        environments: [{ name: 'my_environment_name', runner }],
        verifySignature: (request) =>
          verifySignature(request, { service: 'airflow', region: REGION, principals, now: Date.now }),
        isAllowed: () => true,
      });
      const network = await startNetworkProxy('connects', mwaa.network);
      try {
        const result = await run(join(programs, 'python'), ['direct.py'], {
          cwd: home,
          environment: {
            PATH: process.env.PATH,
            HOME: home,
            ...createCredentialVariables(engineer),
            HTTPS_PROXY: `http://127.0.0.1:${network.port}`,
            AWS_CA_BUNDLE: mwaa.caFile,
          },
        });
        expect(result).toMatchObject({ exitCode: 0, stderr: '' });
        expect(result.stdout).toMatch(/^unverified .*\[\{"dag_id": "daily_report"/s);
        expect(mwaa.journal.filter(({ kind }) => kind === 'cli').map(({ commandText }) => commandText)).toEqual([
          'dags list --output=json',
        ]);
      } finally {
        await network.close();
        await mwaa.close();
        await runner.close();
      }
    });

    test('says whether a command may have run', async () => {
      expect(await runBlock('careful.py')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(/^It did not run: "variables set" .* is not granted/),
      });
    });
  });
});
