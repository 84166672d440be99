/** The recipes of docs/services.md and the rewritten scripts of docs/migrating.md, each run exactly as printed. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { EXIT_CODES } from '../../client/exit-codes.ts';
import { INTEGRATION_SECONDS } from '../../config/timeouts.ts';
import { installPythonPackages } from '../../local/airflow/install-python-packages.ts';
import { type ProcessResult, runProcess } from '../../local/airflow/run-process.ts';
import { createClientVariables } from '../../local/call-instructions.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { ISSUER_URL, type OidcIssuer, startOidcIssuer } from './oidc-issuer.ts';
import { createConfig, startSmallStack } from './small-stack.ts';

const PAGES = ['services', 'migrating']
  .map((page) => readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8'))
  .join('\n');

/** The fenced blocks that have a name after their language. */
const BLOCKS = new Map(
  [...PAGES.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => [name, text]),
);

const findCodeBlock = (name: string): string => {
  const text = BLOCKS.get(name);
  if (text === undefined) throw new Error(`Neither docs/services.md nor docs/migrating.md has a block "${name}".`);
  return text;
};

const GRANTED = 'where: "*", may: ["dags list", "dags trigger * --conf=* --run-id=*"]';
const CONFIG = createConfig(
  `oidc: { issuer: "${ISSUER_URL}", jwksUri: "${ISSUER_URL}/jwks", audience: mwaa-cli-proxy, requiredClaims: { repository_owner: my-org } }`,
  '',
  [
    `who: "arn:aws:iam::111122223333:role/reporting-nightly", ${GRANTED}`,
    `who: "oidc:repository=my-org/pipelines", ${GRANTED}`,
    'who: "oidc:repository=my-org/pipelines", where: "*", may: ["dags list-runs --dag-id=daily_report"]',
    'who: "arn:aws:iam::111122223333:role/waiter", where: "*", may: ["dags list-runs --dag-id=daily_report"]',
  ],
);
const CLIENTS = {
  pipelines: { claims: { repository_owner: 'my-org', repository: 'my-org/pipelines' } },
  other: { claims: { repository_owner: 'my-org', repository: 'my-org/other' } },
};
type RecipeClient = keyof typeof CLIENTS;

let stack: LocalStack;
let issuer: OidcIssuer;
let folder: string;

beforeAll(async () => {
  stack = await startSmallStack(CONFIG, {
    createExtraNetwork: async (issue) => {
      issuer = await startOidcIssuer(issue, CLIENTS);
      return issuer.network;
    },
  });
});
afterAll(async () => {
  await stack?.close();
  await issuer?.close();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recipes-'));
  stack.mwaa.journal.splice(0);
});
afterEach(async () => {
  await stack.setFault();
  rmSync(folder, { recursive: true });
});

/** Runs a program in the folder, with only these variables, PATH and HOME. */
const runRecipe = (variables: Record<string, string>, program: string, ...args: string[]): Promise<ProcessResult> =>
  runProcess(program, args, { cwd: folder, environment: { PATH: process.env.PATH, HOME: folder, ...variables } });

const createLocationVariables = (url = stack.url) => ({ MWAA_CLI_PROXY_URL: url, MWAA_ENVIRONMENT: 'prod' });

/** @param url the URL of the API, if it is not that of the stack */
const createSignerVariables = (role = 'reporting-nightly', url = stack.url) =>
  createClientVariables(url, stack.region, 'prod', stack.createCaller(role, 'jo'));

const createBearerVariables = async (client: RecipeClient) => ({
  ...createLocationVariables(),
  MWAA_CLI_PROXY_TOKEN: await issuer.issueToken(client),
});

/** Puts the `airflow` client into the folder. */
const installAirflow = () => {
  const program = fileURLToPath(new URL('../../bin/airflow.ts', import.meta.url));
  const wrapper = `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`;
  writeFileSync(join(folder, 'airflow'), wrapper, { mode: 0o755 });
};

/** Puts the package into the folder, for programs that import the client from it. */
const installClient = () => {
  const source = new URL('../../client/library/index.ts', import.meta.url);
  const installed = join(folder, 'node_modules', 'mwaa-cli-proxy');
  mkdirSync(installed, { recursive: true });
  writeFileSync(
    join(installed, 'package.json'),
    JSON.stringify({ type: 'module', exports: { './client': './client.js' } }),
  );
  writeFileSync(join(installed, 'client.js'), `export * from ${JSON.stringify(source)};\n`);
};

/** The command lines that MWAA received. */
const listSentCommands = () =>
  stack.mwaa.journal.filter(({ kind }) => kind === 'cli').map(({ commandText }) => commandText);

const RUN = /^succeeded mwaa-cli-proxy__key-[0-9a-f]+\n$/;
const TRIGGER = /^dags trigger .*daily_report$/;
const CONF = /--conf='\{"day": ?"2026-11-22"\}'/;

/** Starts a proxy in front of the API that closes the connection of the first `times` requests after it has received them. */
async function startDisconnectingServer(times: number): Promise<{ url: string; server: Server }> {
  let remaining = times;
  const { port } = new URL(stack.url);
  const server = createServer((socket) => {
    const disconnects = remaining-- > 0;
    socket.on('error', () => {});
    if (disconnects) socket.once('data', () => socket.destroy());
    else socket.pipe(connect(Number(port), '127.0.0.1')).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: stack.url.replace(port, String((server.address() as AddressInfo).port)), server };
}

const recipes = await installPythonPackages('recipes');
const checks = await installPythonPackages('checks');
for (const packages of [recipes, checks]) {
  if ('unavailable' in packages) console.error(`SKIPPED: recipes that need Python packages: ${packages.unavailable}`);
}

/** Waits for a run that does not exist, because recorded answers have no runs that end. The ids must arrive as they are. */
describe('the recipes that wait for a run', () => {
  const IDS = { DAG_ID: 'daily_report', RUN_ID: 'manual__2026-11-22T00:00:00+00:00 a/b' };
  const LISTED = `dags list-runs --dag-id=${IDS.DAG_ID} --output=json`;

  test.skipIf('unavailable' in recipes)('in Python', async () => {
    for (const name of ['mwaa_cli.py', 'mwaa_wait.py']) writeFileSync(join(folder, name), findCodeBlock(name));
    const python = join('bin' in recipes ? recipes.bin : '', 'python');
    const { exitCode, stderr } = await runRecipe(
      createSignerVariables('waiter'),
      python,
      'mwaa_wait.py',
      IDS.DAG_ID,
      IDS.RUN_ID,
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(`has no run ${IDS.RUN_ID}.`) });
    expect(listSentCommands()).toEqual([LISTED]);
  });

  test('in TypeScript', async () => {
    installClient();
    writeFileSync(join(folder, 'wait.ts'), findCodeBlock('wait.ts'));
    const variables = { ...createSignerVariables('waiter'), NODE_NO_WARNINGS: '1' };
    const { exitCode, stderr } = await runRecipe(variables, process.execPath, 'wait.ts', IDS.DAG_ID, IDS.RUN_ID);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(`has no run ${IDS.RUN_ID}.`) });
    expect(listSentCommands()).toEqual([LISTED]);
  });

  test('with curl', async () => {
    const variables = { ...(await createBearerVariables('pipelines')), ...IDS };
    const { exitCode, stderr } = await runRecipe(variables, 'sh', '-c', findCodeBlock('curl-wait'));
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(`has no run ${IDS.RUN_ID}.`) });
    expect(listSentCommands()).toEqual([LISTED]);
  });
});

describe.skipIf('unavailable' in recipes)('the Python recipe', () => {
  const python = 'unavailable' in recipes ? '' : join(recipes.bin, 'python');

  beforeEach(() => {
    for (const name of ['mwaa_cli.py', 'report.py']) writeFileSync(join(folder, name), findCodeBlock(name));
  });

  const runReport = (variables = createSignerVariables()) => runRecipe(variables, python, 'report.py');
  /** Runs the recipe with another command, without a key. */
  const runWithoutKey = (argv: readonly string[], variables = createSignerVariables()) =>
    runRecipe(variables, python, '-c', `import mwaa_cli\nprint(mwaa_cli.run(${JSON.stringify(argv)}))`);

  test('triggers a run, and gets the same run when it is run again', async () => {
    const [first, second] = [await runReport(), await runReport()];
    expect(first).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(RUN) });
    expect(second.stdout).toBe(first.stdout);
    expect(listSentCommands()).toEqual([expect.stringMatching(TRIGGER), expect.stringMatching(TRIGGER)]);
    expect(listSentCommands()[0]).toMatch(CONF);
  });

  test('reports a rejected command with what is granted and whether it is safe to send again', async () => {
    const { exitCode, stderr } = await runReport(createSignerVariables('team'));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^not-granted: "dags trigger" .* Granted to this caller: .*\nSafe to send again: True\n$/s);
    expect(listSentCommands()).toEqual([]);
  });

  test('reports a response that is not from the proxy', async () => {
    const otherServer = createHttpServer((_, response) => response.writeHead(502).end('Bad Gateway'));
    await new Promise<void>((resolve) => otherServer.listen(0, '127.0.0.1', resolve));
    const { port } = otherServer.address() as AddressInfo;
    const { stderr } = await runReport(createSignerVariables('team', `http://127.0.0.1:${port}/v1`));
    otherServer.close();
    expect(stderr).toContain('HTTP 502: the response is not from the proxy');
  });

  test('waits for Retry-After if the problem says that a retry is safe', async () => {
    // The relay requests a token three times before it fails.
    await stack.setFault('token-throttled', { maxHits: 3 });
    expect(await runWithoutKey(['dags', 'list'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('succeeded'),
    });
    expect(listSentCommands()).toHaveLength(1);
  });

  test.each(['500-after-run', 'function-crash'] as const)(
    'after an unknown outcome (%s), sends only a trigger with a key again',
    async (fault) => {
      await stack.setFault(fault, { maxHits: 1 });
      expect((await runReport()).stdout).toMatch(RUN);
      expect(listSentCommands()).toHaveLength(2);
      expect(listSentCommands()[1]).toBe(listSentCommands()[0]);

      await stack.setFault(fault, { maxHits: 1 });
      const { exitCode, stderr } = await runWithoutKey(['dags', 'trigger', 'daily_report']);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/mwaa_cli\.Problem: /);
      expect(listSentCommands()).toHaveLength(3);
    },
  );

  test('reports a problem that waiting cannot fix without a retry', async () => {
    await stack.setFault('redirect-elsewhere');
    expect((await runWithoutKey(['dags', 'list'])).stderr).toContain('mwaa_cli.Problem: The Airflow web server');
    expect(listSentCommands()).toHaveLength(1);
  });

  test('after a lost connection, sends only a trigger with a key again', async () => {
    const { url, server } = await startDisconnectingServer(1);
    expect((await runReport(createSignerVariables('reporting-nightly', url))).stdout).toMatch(RUN);
    server.close();

    const again = await startDisconnectingServer(1);
    const lost = await runWithoutKey(['dags', 'list'], createSignerVariables('reporting-nightly', again.url));
    again.server.close();
    expect(lost.stderr).toContain('ConnectionError');
    expect(listSentCommands()).toHaveLength(1);
  });
});

const missing = [];
for (const tool of ['curl', 'jq']) if ((await runProcess(tool, ['--version'])).exitCode !== 0) missing.push(tool);
if (missing.length > 0)
  console.error(`SKIPPED: recipes for the shell, because this machine has no ${missing.join(' and no ')}`);

describe.skipIf(missing.length > 0)('the curl recipe', () => {
  const runSigned = (variables = createSignerVariables(), shell = 'sh') =>
    runRecipe(variables, shell, '-eu', '-c', findCodeBlock('curl-signed'));
  const runWithToken = async (client: RecipeClient) =>
    runRecipe(await createBearerVariables(client), 'sh', '-eu', '-c', findCodeBlock('curl-token'));

  test.each(['sh', 'bash'])('with a signature, lists DAGs in %s', async (shell) => {
    expect(await runSigned(createSignerVariables(), shell)).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringMatching(/^daily_report$/m),
    });
  });

  test.each([
    ['without grants', () => createSignerVariables('nobody'), /not authorized/],
    ['with a wrong secret key', () => ({ ...createSignerVariables(), AWS_SECRET_ACCESS_KEY: 'wrong' }), /signature/],
    [
      'with temporary keys but no session token',
      () => ({ ...createSignerVariables(), AWS_SESSION_TOKEN: '' }),
      /token/,
    ],
  ])('with a signature, tells a caller %s why, and that a retry is safe', async (_what, variables, reason) => {
    const { exitCode, stdout, stderr } = await runSigned(variables());
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/\nSafe to send again: true\n$/);
    expect(stderr).toMatch(reason);
  });

  test('without a response, prints the error of curl and exits with its exit code', async () => {
    const { exitCode, stderr } = await runSigned({
      ...createSignerVariables(),
      MWAA_CLI_PROXY_URL: 'http://127.0.0.1:9/v1',
    });
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(/^curl: \(7\)/);
  });

  test('with a token, triggers a run', async () => {
    expect(await runWithToken('pipelines')).toMatchObject({
      exitCode: 0,
      stderr: '',
      stdout: expect.stringMatching(RUN),
    });
    expect(listSentCommands()[0]).toMatch(TRIGGER);
    expect(listSentCommands()[0]).toMatch(CONF);
  });

  test('with a token, tells a caller without grants that a retry is safe', async () => {
    const { exitCode, stderr } = await runWithToken('other');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/\nSafe to send again: true\n$/);
  });

  test('waits for Retry-After, and keeps only the response of the last attempt', async () => {
    await stack.setFault('token-throttled', { maxHits: 3 });
    expect((await runWithToken('pipelines')).stdout).toMatch(RUN);
    expect(JSON.parse(readFileSync(join(folder, 'answer.json'), 'utf8'))).toMatchObject({ outcome: 'succeeded' });
    expect(listSentCommands()).toHaveLength(1);
  });

  test('does not retry after an unknown outcome', async () => {
    await stack.setFault('500-after-run', { maxHits: 1 });
    const { exitCode, stderr } = await runWithToken('pipelines');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/outcome is unknown.*Safe to send again: true/s);
    expect(listSentCommands()).toHaveLength(1);
  });
});

describe.skipIf(missing.length > 0)('the GitHub Actions recipe', () => {
  const REQUEST_TOKEN = 'the-token-of-the-job';
  let client: RecipeClient;

  /** Issues tokens as GitHub documents it: a GET with an added `audience` parameter, and the request token of the job as bearer. */
  const tokenServer = createHttpServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const received = [
      request.method,
      url.pathname,
      url.searchParams.get('api-version'),
      url.searchParams.get('audience'),
    ];
    const isAuthorized = request.headers.authorization === `Bearer ${REQUEST_TOKEN}`;
    if (!isAuthorized || received.join() !== 'GET,/token,2.0,mwaa-cli-proxy')
      return void response.writeHead(401).end('{}');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ count: 1, value: await issuer.issueToken(client) }));
  });
  beforeAll(() => new Promise<void>((resolve) => tokenServer.listen(0, '127.0.0.1', resolve)));
  afterAll(() => void tokenServer.close());
  beforeEach(() => {
    client = 'pipelines';
  });

  const parseJob = (name: string) => parse(findCodeBlock(name)).jobs.trigger;

  /** Runs the last step of a job as GitHub runs it with `shell: bash`, with the variables that GitHub sets. */
  function runStep(name: string, variables: Record<string, string>): Promise<ProcessResult> {
    const { run: script, shell } = parseJob(name).steps.at(-1);
    expect(shell).toBe('bash');
    expect(Object.keys(parseJob(name).env)).toEqual(Object.keys(createLocationVariables()));
    writeFileSync(join(folder, 'step.sh'), script);
    const all = { GITHUB_RUN_ID: '1658821493', ...variables };
    return runRecipe(all, 'bash', '--noprofile', '--norc', '-eo', 'pipefail', 'step.sh');
  }

  const runTokenStep = (requestToken = REQUEST_TOKEN) => {
    const { port } = tokenServer.address() as AddressInfo;
    return runStep('token.yaml', {
      ...createLocationVariables(),
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    });
  };

  test('triggers with the token of the job, masks the token, and gets the same run when the job is run again', async () => {
    const [first, second] = [await runTokenStep(), await runTokenStep()];
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    const [mask, result] = first.stdout.split('\n');
    expect(mask).toMatch(/^::add-mask::ey[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(`${result}\n`).toMatch(RUN);
    expect(second.stdout).toContain(result);
    expect(listSentCommands()).toHaveLength(2);
  });

  test('fails without a request to the API if the job gets no token', async () => {
    const { exitCode, stderr } = await runTokenStep('of-another-job');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('401');
    expect(stack.mwaa.journal).toEqual([]);
  });

  test('fails for a repository without grants, and says that a retry is safe', async () => {
    client = 'other';
    const { exitCode, stderr } = await runTokenStep();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/Safe to send again: true/);
  });

  test('triggers with a signed request, with the variables that configure-aws-credentials exports', async () => {
    expect(await runStep('role.yaml', createSignerVariables())).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(RUN),
    });
    const refused = await runStep('role.yaml', createSignerVariables('team'));
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('is not granted on prod')]);
  });

  test.each(['token.yaml', 'role.yaml'])(
    'in %s has the permission for id tokens, and a timeout longer than all attempts',
    (name) => {
      const { permissions } = parse(findCodeBlock(name));
      expect(permissions).toEqual({ 'id-token': 'write' });
      const attempts = 1 + Number(/--retry (\d+) --header "Idempotency/.exec(findCodeBlock(name))?.[1]);
      expect(parseJob(name)['timeout-minutes'] * 60).toBeGreaterThan(attempts * 300);
    },
  );

  test('in role.yaml passes the inputs that configure-aws-credentials requires', () => {
    const [configure] = parseJob('role.yaml').steps;
    expect(configure.uses).toMatch(/^aws-actions\/configure-aws-credentials@v\d+$/);
    expect(Object.keys(configure.with)).toEqual(['role-to-assume', 'aws-region']);
  });

  test.skipIf('unavailable' in checks)(
    "is valid by GitHub's workflow schema, which rejects a misspelled permission",
    async () => {
      const program = 'unavailable' in checks ? '' : join(checks.bin, 'check-jsonschema');
      const checkWorkflow = (file: string, text: string) => {
        writeFileSync(join(folder, file), text);
        return runProcess(program, ['--builtin-schema', 'vendor.github-workflows', join(folder, file)]);
      };
      for (const name of ['token.yaml', 'role.yaml']) {
        expect(await checkWorkflow(name, findCodeBlock(name))).toMatchObject({ exitCode: 0 });
        expect(
          await checkWorkflow(name, findCodeBlock(name).replace('id-token: write', 'id-token: written')),
        ).toMatchObject({
          exitCode: 1,
        });
      }
    },
  );
});

describe.skipIf(missing.length > 0)('a migrated script', () => {
  const RUN_ID = /^mwaa-cli-proxy__key-[0-9a-f]+\n$/;

  /** Runs a named block of the page as a script in the folder, with these arguments. */
  const runScript = (name: string, variables = createSignerVariables(), ...args: string[]) => {
    writeFileSync(join(folder, name), findCodeBlock(name));
    return runRecipe({ ...variables, PATH: `${folder}:${process.env.PATH}` }, 'sh', name, ...args);
  };

  test('before the migration joins its arguments, decodes base64 and guesses the outcome, as the page says', () => {
    for (const habit of ['create-cli-token', 'base64 -d', '[ -n "$errors" ]', 'manual__']) {
      expect(findCodeBlock('before')).toContain(habit);
    }
    expect(findCodeBlock('before')).not.toMatch(/http_code|--fail/);
  });

  test('with curl prints the run id, and the same one when it is run again', async () => {
    const [first, second] = [await runScript('after-curl'), await runScript('after-curl')];
    expect(first).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(RUN_ID) });
    expect(second.stdout).toBe(first.stdout);
    expect(listSentCommands()[0]).toMatch(TRIGGER);
    expect(listSentCommands()[0]).toMatch(CONF);
  });

  test('with curl prints the reason of a rejected request and fails', async () => {
    const { exitCode, stdout, stderr } = await runScript('after-curl', createSignerVariables('team'));
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/is not granted on prod.*\nSafe to send again: true\n$/s);
  });

  test('with the airflow client prints the run id that the script chose', async () => {
    installAirflow();
    expect(await runScript('after-airflow')).toMatchObject({ exitCode: 0, stdout: 'daily_report-2026-11-22\n' });
    expect(listSentCommands()).toEqual([
      expect.stringMatching(/^dags trigger .*--run-id=daily_report-2026-11-22 daily_report$/),
    ]);
    expect(listSentCommands()[0]).toMatch(CONF);
  });

  test("with the airflow client ends with the client's exit code if the command is rejected", async () => {
    installAirflow();
    const { exitCode, stdout, stderr } = await runScript('after-airflow', createSignerVariables('team'));
    expect([exitCode, stdout]).toEqual([EXIT_CODES.refused, '']);
    expect(stderr).toMatch(/^airflow \(proxy\): .*is not granted on prod/s);
  });

  test.skipIf('unavailable' in recipes)(
    'with Python prints the run id, or the reason of a rejected request',
    async () => {
      writeFileSync(join(folder, 'mwaa_cli.py'), findCodeBlock('mwaa_cli.py'));
      writeFileSync(join(folder, 'after.py'), findCodeBlock('after.py'));
      const python = 'unavailable' in recipes ? '' : join(recipes.bin, 'python');
      expect(await runRecipe(createSignerVariables(), python, 'after.py')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringMatching(RUN_ID),
      });
      const rejected = await runRecipe(createSignerVariables('team'), python, 'after.py');
      expect(rejected.exitCode).toBe(1);
      expect(rejected.stderr).toMatch(/is not granted on prod.*\nSafe to send again: True\n$/s);
    },
  );

  test('as a wrapper passes arguments with spaces, and prints the output of Airflow', async () => {
    const listed = await runScript('after-wrapper', createSignerVariables(), 'dags', 'list');
    expect(listed).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^daily_report +\|/m) });
    expect(listSentCommands()).toEqual(['dags list']);

    const args = ['dags', 'trigger', 'daily_report', '--output', 'json', '--conf', '{"day": "it is 22"}'];
    expect(await runScript('after-wrapper', createSignerVariables(), ...args)).toMatchObject({ exitCode: 0 });
    expect(listSentCommands()[1]).toMatch(/--conf='\{"day": "it is 22"\}'/);
  });

  test('as a wrapper prints the reason of a rejected command and fails', async () => {
    const { exitCode, stdout, stderr } = await runScript(
      'after-wrapper',
      createSignerVariables(),
      'dags',
      'delete',
      'daily_report',
      '--yes',
    );
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toContain('is not granted on prod');
  });
});

test('every recipe has a longer timeout than the proxy', () => {
  const waits = [...PAGES.matchAll(/--max-time (\d+) --output|^TIMEOUT = \(\d+, (\d+)\)/gm)].map(([, curl, python]) =>
    Number(curl ?? python),
  );
  expect(waits).toHaveLength(8);
  expect(Math.min(...waits)).toBeGreaterThan(INTEGRATION_SECONDS.stream);
});

test('every named block of the pages is tested in this file', () => {
  expect([...BLOCKS.keys()]).toEqual([
    'wait.ts',
    'mwaa_cli.py',
    'mwaa_wait.py',
    'report.py',
    'curl-signed',
    'curl-token',
    'curl-wait',
    'token.yaml',
    'role.yaml',
    'before',
    'after-curl',
    'after-airflow',
    'after.py',
    'after-wrapper',
  ]);
});
