/** The recipes of docs/services.md and the rewritten scripts of docs/migrating.md, each run exactly as printed. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { EXIT_CODES } from '../../client/exit-codes.ts';
import { DEFAULT_TIMEOUTS } from '../../config/timeouts.ts';
import { type ProcessResult, runProcess } from '../../local/airflow/run-process.ts';
import { createClientVariables } from '../../local/call-instructions.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { installPythonPackages } from '../install-python-packages.ts';
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
  `  - { who: "arn:aws:iam::111122223333:role/reporting-nightly", ${GRANTED} }
  - { who: "oidc:repository=my-org/pipelines", ${GRANTED} }
`,
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

/** Runs a program in the folder, with these variables and no others of ours. */
const runRecipe = (variables: Record<string, string>, program: string, ...args: string[]): Promise<ProcessResult> =>
  runProcess(program, args, { cwd: folder, environment: { PATH: process.env.PATH, HOME: folder, ...variables } });

const createLocationVariables = (url = stack.url) => ({ MWAA_CLI_PROXY_URL: url, MWAA_ENVIRONMENT: 'prod' });

/** @param url where it differs from the stack's */
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

/** What Airflow was given. */
const listSentCommands = () =>
  stack.mwaa.journal.filter(({ kind }) => kind === 'cli').map(({ commandText }) => commandText);

const RUN = /^succeeded mwaa-cli-proxy__key-[0-9a-f]+\n$/;
const TRIGGER = /^dags trigger .*daily_report$/;
const CONF = /--conf='\{"day": ?"2026-11-22"\}'/;

/** A port in front of the API that hangs up on the first so many requests, once they have come in. */
async function startDisconnectingServer(times: number): Promise<{ url: string; server: Server }> {
  let left = times;
  const { port } = new URL(stack.url);
  const server = createServer((socket) => {
    const hangUp = left-- > 0;
    socket.on('error', () => {});
    if (hangUp) socket.once('data', () => socket.destroy());
    else socket.pipe(connect(Number(port), '127.0.0.1')).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: stack.url.replace(port, String((server.address() as AddressInfo).port)), server };
}

const recipes = await installPythonPackages('recipes');
const checks = await installPythonPackages('checks');
for (const packages of [recipes, checks]) {
  if ('unavailable' in packages) console.error(`SKIPPED: Python packages cannot be had: ${packages.unavailable}`);
}

describe.skipIf('unavailable' in recipes)('Python', () => {
  const python = 'unavailable' in recipes ? '' : join(recipes.bin, 'python');

  beforeEach(() => {
    for (const name of ['mwaa_cli.py', 'report.py']) writeFileSync(join(folder, name), findCodeBlock(name));
  });

  const report = (variables = createSignerVariables()) => runRecipe(variables, python, 'report.py');
  /** The recipe with another command, and no key. */
  const other = (argv: readonly string[], variables = createSignerVariables()) =>
    runRecipe(variables, python, '-c', `import mwaa_cli\nprint(mwaa_cli.run(${JSON.stringify(argv)}))`);

  test('triggers a run, and again the same', async () => {
    const [first, second] = [await report(), await report()];
    expect(first).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(RUN) });
    expect(second.stdout).toBe(first.stdout);
    expect(listSentCommands()).toEqual([expect.stringMatching(TRIGGER), expect.stringMatching(TRIGGER)]);
    expect(listSentCommands()[0]).toMatch(CONF);
  });

  test('tells a refusal with what is granted and whether it may be sent again', async () => {
    const { exitCode, stderr } = await report(createSignerVariables('team'));
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^not-granted: "dags trigger" .* Granted to this caller: .*\nSafe to send again: True\n$/s);
    expect(listSentCommands()).toEqual([]);
  });

  test('tells what is no problem of the API', async () => {
    const nobody = createHttpServer((_, response) => response.writeHead(502).end('Bad Gateway'));
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
    const { port } = nobody.address() as AddressInfo;
    const { stderr } = await report(createSignerVariables('team', `http://127.0.0.1:${port}/v1`));
    nobody.close();
    expect(stderr).toContain('HTTP 502: the response is not from the proxy');
  });

  test('waits as long as a problem says, where it says that a repeat is safe', async () => {
    // The function itself asks three times before it gives up.
    await stack.setFault('token-throttled', { maxHits: 3 });
    expect(await other(['dags', 'list'])).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('succeeded') });
    expect(listSentCommands()).toHaveLength(1);
  });

  test.each(['500-after-run', 'function-crash'] as const)(
    '%s leaves the fate open: a trigger with a key is sent again, as the same run, and nothing else is',
    async (fault) => {
      await stack.setFault(fault, { maxHits: 1 });
      expect((await report()).stdout).toMatch(RUN);
      expect(listSentCommands()).toHaveLength(2);
      expect(listSentCommands()[1]).toBe(listSentCommands()[0]);

      await stack.setFault(fault, { maxHits: 1 });
      const { exitCode, stderr } = await other(['dags', 'trigger', 'daily_report']);
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/mwaa_cli\.Problem: /);
      expect(listSentCommands()).toHaveLength(3);
    },
  );

  test('what no waiting mends is told at once, safe to repeat or not', async () => {
    await stack.setFault('redirect-elsewhere');
    expect((await other(['dags', 'list'])).stderr).toContain('mwaa_cli.Problem: The Airflow web server');
    expect(listSentCommands()).toHaveLength(1);
  });

  test('a lost connection: repeats with a key, and nothing without', async () => {
    const { url, server } = await startDisconnectingServer(1);
    expect((await report(createSignerVariables('reporting-nightly', url))).stdout).toMatch(RUN);
    server.close();

    const again = await startDisconnectingServer(1);
    const lost = await other(['dags', 'list'], createSignerVariables('reporting-nightly', again.url));
    again.server.close();
    expect(lost.stderr).toContain('ConnectionError');
    expect(listSentCommands()).toHaveLength(1);
  });
});

const missing = [];
for (const tool of ['curl', 'jq']) if ((await runProcess(tool, ['--version'])).exitCode !== 0) missing.push(tool);
if (missing.length > 0) console.error(`SKIPPED: recipes for the shell, for there is no ${missing.join(' and no ')}`);

describe.skipIf(missing.length > 0)('curl', () => {
  const signed = (variables = createSignerVariables(), shell = 'sh') =>
    runRecipe(variables, shell, '-eu', '-c', findCodeBlock('curl-signed'));
  const token = async (client: RecipeClient) =>
    runRecipe(await createBearerVariables(client), 'sh', '-eu', '-c', findCodeBlock('curl-token'));

  test.each(['sh', 'bash'])('signed, lists, in %s', async (shell) => {
    expect(await signed(createSignerVariables(), shell)).toMatchObject({
      ...{ exitCode: 0, stderr: '' },
      stdout: expect.stringMatching(/^daily_report$/m),
    });
  });

  test.each([
    ['whom nothing is granted', () => createSignerVariables('nobody'), /not authorized/],
    ['with a wrong key', () => ({ ...createSignerVariables(), AWS_SECRET_ACCESS_KEY: 'wrong' }), /signature/],
    [
      'without a session, with keys that are not known',
      () => ({ ...createSignerVariables(), AWS_SESSION_TOKEN: '' }),
      /token/,
    ],
  ])('signed, a caller %s is told why, and what is safe', async (_who, variables, why) => {
    const { exitCode, stdout, stderr } = await signed(variables());
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/\nSafe to send again: true\n$/);
    expect(stderr).toMatch(why);
  });

  test('without an answer, says so and exits as curl does', async () => {
    const { exitCode, stderr } = await signed({
      ...createSignerVariables(),
      MWAA_CLI_PROXY_URL: 'http://127.0.0.1:9/v1',
    });
    expect(exitCode).toBe(7);
    expect(stderr).toMatch(/^curl: \(7\)/);
  });

  test('with a token, triggers', async () => {
    expect(await token('pipelines')).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(RUN) });
    expect(listSentCommands()[0]).toMatch(TRIGGER);
    expect(listSentCommands()[0]).toMatch(CONF);
  });

  test('with a token, a caller whom nothing is granted is told so', async () => {
    const { exitCode, stderr } = await token('other');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/\nSafe to send again: true\n$/);
  });

  test('waits as long as a problem says, and the answer is of the last attempt alone', async () => {
    await stack.setFault('token-throttled', { maxHits: 3 });
    expect((await token('pipelines')).stdout).toMatch(RUN);
    expect(JSON.parse(readFileSync(join(folder, 'answer.json'), 'utf8'))).toMatchObject({ outcome: 'succeeded' });
    expect(listSentCommands()).toHaveLength(1);
  });

  test('repeats no problem that leaves the fate open', async () => {
    await stack.setFault('500-after-run', { maxHits: 1 });
    const { exitCode, stderr } = await token('pipelines');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/outcome is unknown.*Safe to send again: true/s);
    expect(listSentCommands()).toHaveLength(1);
  });
});

describe.skipIf(missing.length > 0)('GitHub Actions', () => {
  const REQUEST_TOKEN = 'the-token-of-the-job';
  let client: RecipeClient;

  /** Gives tokens as GitHub documents it: a GET with the audience beside what the address has, the job's token as bearer. */
  const tokens = createHttpServer(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const asked = [request.method, url.pathname, url.searchParams.get('api-version'), url.searchParams.get('audience')];
    const known = request.headers.authorization === `Bearer ${REQUEST_TOKEN}`;
    if (!known || asked.join() !== 'GET,/token,2.0,mwaa-cli-proxy') return void response.writeHead(401).end('{}');
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ count: 1, value: await issuer.issueToken(client) }));
  });
  beforeAll(() => new Promise<void>((resolve) => tokens.listen(0, '127.0.0.1', resolve)));
  afterAll(() => void tokens.close());
  beforeEach(() => {
    client = 'pipelines';
  });

  const job = (name: string) => parse(findCodeBlock(name)).jobs.trigger;

  /** As GitHub runs a step with `shell: bash`, with the variables that it sets. */
  function step(name: string, variables: Record<string, string>): Promise<ProcessResult> {
    const { run: script, shell } = job(name).steps.at(-1);
    expect(shell).toBe('bash');
    expect(Object.keys(job(name).env)).toEqual(Object.keys(createLocationVariables()));
    writeFileSync(join(folder, 'step.sh'), script);
    const all = { GITHUB_RUN_ID: '1658821493', ...variables };
    return runRecipe(all, 'bash', '--noprofile', '--norc', '-eo', 'pipefail', 'step.sh');
  }

  const withToken = (requestToken = REQUEST_TOKEN) => {
    const { port } = tokens.address() as AddressInfo;
    return step('token.yaml', {
      ...createLocationVariables(),
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    });
  };

  test("triggers with the job's token, which is masked, and a job that is run again makes no second run", async () => {
    const [first, second] = [await withToken(), await withToken()];
    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    const [mask, told] = first.stdout.split('\n');
    expect(mask).toMatch(/^::add-mask::ey[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(`${told}\n`).toMatch(RUN);
    expect(second.stdout).toContain(told);
    expect(listSentCommands()).toHaveLength(2);
  });

  test('a job that gets no token ends there', async () => {
    const { exitCode, stderr } = await withToken('of-another-job');
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('401');
    expect(stack.mwaa.journal).toEqual([]);
  });

  test('a repository to which nothing is granted is told so, and the step fails', async () => {
    client = 'other';
    const { exitCode, stderr } = await withToken();
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/Safe to send again: true/);
  });

  test('triggers signed, with what configure-aws-credentials exports', async () => {
    expect(await step('role.yaml', createSignerVariables())).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(RUN),
    });
    const refused = await step('role.yaml', createSignerVariables('team'));
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('is not granted on prod')]);
  });

  test.each(['token.yaml', 'role.yaml'])('%s lets the job ask for a token, and waits for all attempts', (name) => {
    const { permissions } = parse(findCodeBlock(name));
    expect(permissions).toEqual({ 'id-token': 'write' });
    const attempts = 1 + Number(/--retry (\d+) --header "Idempotency/.exec(findCodeBlock(name))?.[1]);
    expect(job(name)['timeout-minutes'] * 60).toBeGreaterThan(attempts * 300);
  });

  test("the role's step has the inputs that the action wants", () => {
    const [configure] = job('role.yaml').steps;
    expect(configure.uses).toMatch(/^aws-actions\/configure-aws-credentials@v\d+$/);
    expect(Object.keys(configure.with)).toEqual(['role-to-assume', 'aws-region']);
  });

  test.skipIf('unavailable' in checks)("they are workflows by GitHub's schema, and a misspelt one is not", async () => {
    const program = 'unavailable' in checks ? '' : join(checks.bin, 'check-jsonschema');
    const check = (file: string, text: string) => {
      writeFileSync(join(folder, file), text);
      return runProcess(program, ['--builtin-schema', 'vendor.github-workflows', join(folder, file)]);
    };
    for (const name of ['token.yaml', 'role.yaml']) {
      expect(await check(name, findCodeBlock(name))).toMatchObject({ exitCode: 0 });
      expect(await check(name, findCodeBlock(name).replace('id-token: write', 'id-token: written'))).toMatchObject({
        exitCode: 1,
      });
    }
  });
});

describe.skipIf(missing.length > 0)('a migrated script', () => {
  const RUN_ID = /^mwaa-cli-proxy__key-[0-9a-f]+\n$/;

  /** Runs a block as a script in the folder, with these arguments. */
  const script = (name: string, variables = createSignerVariables(), ...args: string[]) => {
    writeFileSync(join(folder, name), findCodeBlock(name));
    return runRecipe({ ...variables, PATH: `${folder}:${process.env.PATH}` }, 'sh', name, ...args);
  };

  test('before, joins its arguments and decodes base64: what the page says does not carry over', () => {
    for (const habit of ['create-cli-token', 'base64 -d', '[ -n "$errors" ]', 'manual__']) {
      expect(findCodeBlock('before')).toContain(habit);
    }
    expect(findCodeBlock('before')).not.toMatch(/http_code|--fail/);
  });

  test('with curl, prints the run id, and the same one again', async () => {
    const [first, second] = [await script('after-curl'), await script('after-curl')];
    expect(first).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringMatching(RUN_ID) });
    expect(second.stdout).toBe(first.stdout);
    expect(listSentCommands()[0]).toMatch(TRIGGER);
    expect(listSentCommands()[0]).toMatch(CONF);
  });

  test('with curl, a rejected request prints the reason and fails', async () => {
    const { exitCode, stdout, stderr } = await script('after-curl', createSignerVariables('team'));
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/is not granted on prod.*\nSafe to send again: true\n$/s);
  });

  test('with the airflow client, prints the run id that it chose', async () => {
    installAirflow();
    expect(await script('after-airflow')).toMatchObject({ exitCode: 0, stdout: 'daily_report-2026-11-22\n' });
    expect(listSentCommands()).toEqual([
      expect.stringMatching(/^dags trigger .*--run-id=daily_report-2026-11-22 daily_report$/),
    ]);
    expect(listSentCommands()[0]).toMatch(CONF);
  });

  test("with the airflow client, a rejected command ends the script with the client's exit code", async () => {
    installAirflow();
    const { exitCode, stdout, stderr } = await script('after-airflow', createSignerVariables('team'));
    expect([exitCode, stdout]).toEqual([EXIT_CODES.refused, '']);
    expect(stderr).toMatch(/^airflow \(proxy\): .*is not granted on prod/s);
  });

  test.skipIf('unavailable' in recipes)(
    'with Python, prints the run id, and the reason of a rejected request',
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

  test('as a wrapper, passes arguments with spaces and prints both streams as Airflow does', async () => {
    const listed = await script('after-wrapper', createSignerVariables(), 'dags', 'list');
    expect(listed).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^daily_report +\|/m) });
    expect(listSentCommands()).toEqual(['dags list']);

    const args = ['dags', 'trigger', 'daily_report', '--output', 'json', '--conf', '{"day": "it is 22"}'];
    expect(await script('after-wrapper', createSignerVariables(), ...args)).toMatchObject({ exitCode: 0 });
    expect(listSentCommands()[1]).toMatch(/--conf='\{"day": "it is 22"\}'/);
  });

  test('as a wrapper, a rejected command prints the reason and fails', async () => {
    const { exitCode, stdout, stderr } = await script(
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

test('every recipe waits longer than the proxy does', () => {
  const waits = [...PAGES.matchAll(/--max-time (\d+) --output|^TIMEOUT = \(\d+, (\d+)\)/gm)].map(([, curl, python]) =>
    Number(curl ?? python),
  );
  expect(waits).toHaveLength(7);
  expect(Math.min(...waits)).toBeGreaterThan(DEFAULT_TIMEOUTS.integrationSeconds);
});

test('every block with a name is run here', () => {
  expect([...BLOCKS.keys()]).toEqual([
    'mwaa_cli.py',
    'report.py',
    'curl-signed',
    'curl-token',
    'token.yaml',
    'role.yaml',
    'before',
    'after-curl',
    'after-airflow',
    'after.py',
    'after-wrapper',
  ]);
});
