/** Clients that generators make from docs/openapi.yaml: they compile, and they call the API. */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installPythonPackages } from '../../local/airflow/install-python-packages.ts';
import { runProcess } from '../../local/airflow/run-process.ts';
import type { LocalStack } from '../../local/local-stack.ts';
import { installNodePackages } from '../install-node-packages.ts';
import { ISSUER_URL, type OidcIssuer, startOidcIssuer } from './oidc-issuer.ts';
import { RUNS_ALL } from './select-releases.ts';
import { createConfig, startSmallStack } from './small-stack.ts';

const SOURCES = fileURLToPath(new URL('../openapi-clients', import.meta.url));
const DOCUMENT = fileURLToPath(new URL('../../docs/openapi.yaml', import.meta.url));
const TSC = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url));
const NODE_TYPES = fileURLToPath(new URL('../../node_modules/@types', import.meta.url));

const node = RUNS_ALL
  ? await installNodePackages('openapi-clients', SOURCES)
  : { unavailable: 'The TypeScript clients run with EVERY_RELEASE=1.' };
const python = await installPythonPackages('clients');
for (const packages of RUNS_ALL ? [node, python] : [python])
  if ('unavailable' in packages) console.error(`SKIPPED: generated clients: ${packages.unavailable}`);

const CONFIG = createConfig(
  `oidc: { issuer: "${ISSUER_URL}", jwksUri: "${ISSUER_URL}/jwks", audience: mwaa-cli-proxy, requiredClaims: { org: data } }`,
  '',
  ['who: "oidc:sub=jo", where: "*", may: ["@read"]'],
);
/** There is no recorded answer about this DAG. The text shows how its ids arrived. */
const ANSWERS = {
  outcome: 'succeeded',
  allowed: true,
  type: 'urn:mwaa-cli-proxy:problem:command-failed',
  detail: expect.stringContaining("no_such_dag 'a b/c+1'"),
};

let stack: LocalStack;
let issuer: OidcIssuer;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clients-'));
  cpSync(SOURCES, folder, { recursive: true });
  stack = await startSmallStack(CONFIG, {
    createExtraNetwork: async (issue) => {
      issuer = await startOidcIssuer(issue, { jo: { claims: { org: 'data' } } });
      return issuer.network;
    },
  });
});
afterAll(async () => {
  await stack?.close();
  await issuer?.close();
  rmSync(folder, { recursive: true });
});

async function run(program: string, ...args: string[]): Promise<string> {
  const environment = { PATH: process.env.PATH, HOME: folder, DOCUMENT };
  const { exitCode, stdout, stderr } = await runProcess(program, args, { cwd: folder, environment });
  if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

test.runIf(RUNS_ALL && !('unavailable' in node))(
  'TypeScript clients of two generators compile and call the API',
  async () => {
    const modules = join('folder' in node ? node.folder : '', 'node_modules');
    symlinkSync(modules, join(folder, 'node_modules'));
    const generate = (generator: string, ...args: string[]) => run(process.execPath, join(modules, generator), ...args);
    await generate('openapi-typescript/bin/cli.js', DOCUMENT, '--output', 'fetch.d.ts');
    await generate('@hey-api/openapi-ts/bin/run.js', '-f', 'hey.config.mjs', '--no-log-file');
    await run(TSC, '--project', '.', '--typeRoots', NODE_TYPES);
    for (const program of ['compiled/use-fetch.js', 'compiled/use-hey.js']) {
      const printed = await run(process.execPath, program, stack.url, await issuer.issueToken('jo'));
      expect(JSON.parse(printed), program).toEqual(ANSWERS);
    }
  },
);

test.skipIf('unavailable' in python)('a generated Python client calls the API', async () => {
  const bin = 'bin' in python ? python.bin : '';
  const options = ['--output-path', 'mwaa_cli_proxy_client', '--meta', 'none', '--overwrite'];
  await run(join(bin, 'openapi-python-client'), 'generate', '--path', DOCUMENT, ...options);
  await run(join(bin, 'python'), '-m', 'compileall', '-q', 'mwaa_cli_proxy_client');
  const printed = await run(join(bin, 'python'), 'use_python.py', stack.url, await issuer.issueToken('jo'));
  expect(JSON.parse(printed)).toEqual(ANSWERS);
});
