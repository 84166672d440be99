import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseConfig } from '../config/parse-config.ts';
import {
  AUTHORIZER_FUNCTION,
  FRONT_FUNCTION,
  type FunctionNames,
  RELAY_FUNCTION,
  REST_FUNCTION,
} from '../contract/function-names.ts';
import { CATALOGS } from '../files/catalogs.ts';
import { synthesize } from '../lib/synthesize.ts';
import { ENVIRONMENT, REGION, ROLE } from './deployment-names.ts';

/** The code and the data of one function, as deployed. */
export interface FunctionAsset {
  readonly folder: string;
  /** Value of Lambda's `Handler` setting. */
  readonly handler: string;
  readonly codeFile: string;
  readonly codeBytes: number;
  /** All files. */
  readonly bytes: number;
  /** All files, compressed one by one. Lambda loads a ZIP file. */
  readonly compressedBytes: number;
}

export interface FunctionAssets {
  readonly relay: FunctionAsset;
  readonly front: FunctionAsset;
  readonly authorizer: FunctionAsset;
  remove(): void;
}

export interface RestFunctionAssets extends FunctionAssets {
  readonly rest: FunctionAsset;
}

/** The size of a deployment. */
export interface DeploymentSize {
  /** Releases of the environments besides that of `ENVIRONMENT`, which runs 2.10.3. */
  readonly releases: readonly string[];
  readonly grants: number;
}

export const SMALL_DEPLOYMENT: DeploymentSize = { releases: ['3.3.1'], grants: 2 };

/** All releases, and a grant for each of a thousand teams. */
export const LARGE_DEPLOYMENT: DeploymentSize = { releases: CATALOGS.releases(), grants: 1000 };

/** Synthesizes a deployment, and finds the three kinds of functions in it. The first relay is that of `ENVIRONMENT`. */
export const buildFunctions = (size: DeploymentSize = SMALL_DEPLOYMENT): FunctionAssets =>
  synthesizeFunctions(createConfig(size)).assets;

/** Like `buildFunctions`, for a small deployment whose environments offer the REST API. */
export function buildRestFunctions(): RestFunctionAssets {
  const { assets, find } = synthesizeFunctions(createConfig(SMALL_DEPLOYMENT, { offersRest: true }));
  return { ...assets, rest: find(REST_FUNCTION) };
}

function synthesizeFunctions(text: string) {
  const outdir = mkdtempSync(join(tmpdir(), 'bench-assets-'));
  const config = parseConfig(text, 'bench.yaml', CATALOGS);
  const { directory } = synthesize({ config, outdir });
  const find = (names: FunctionNames) => findAsset(directory, names);
  const assets: FunctionAssets = {
    relay: find(RELAY_FUNCTION),
    front: find(FRONT_FUNCTION),
    authorizer: find(AUTHORIZER_FUNCTION),
    remove: () => rmSync(outdir, { recursive: true }),
  };
  return { assets, find };
}

function createConfig({ releases, grants }: DeploymentSize, { offersRest = false } = {}): string {
  const settings = offersRest ? ', rest: true' : '';
  const rules = ['@read', '@health', '@operate', ...(offersRest ? ['api GET /dags/*/dagRuns --*'] : [])];
  const vpc = '{ id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0bbb1111 }';
  const environments = [
    [ENVIRONMENT, '2.10.3'],
    ...releases.map((release) => [`on-${release.replaceAll('.', '-')}`, release]),
  ];
  return [
    `region: ${REGION}`,
    'account: "111122223333"',
    'api:',
    '  callers: { accounts: ["111122223333"] }',
    '  oidc: { issuer: "https://id.example.com", audience: mwaa-cli-proxy, requiredClaims: { org: data } }',
    'environments:',
    ...environments.map(([name, release]) => `  ${name}: { airflow: ${release}, vpc: ${vpc}${settings} }`),
    'grants:',
    `  - { who: "arn:aws:iam::111122223333:role/${ROLE}", where: "*", may: ${JSON.stringify(rules)} }`,
    ...Array.from({ length: grants - 1 }, (_, team) =>
      [
        `  - who: arn:aws:iam::111122223333:role/team-${team}-*`,
        `    where: ${ENVIRONMENT}`,
        `    may: ["dags trigger team_${team}_* --conf=* --run-id=*", "dags list-runs --dag-id=team_${team}_*"]`,
      ].join('\n'),
    ),
  ].join('\n');
}

function findAsset(directory: string, { bundleFile, dataFile, handler }: FunctionNames): FunctionAsset {
  const folders = readdirSync(directory)
    .filter((name) => name.startsWith('asset.') && !name.endsWith('.zip'))
    .map((name) => join(directory, name));
  const folder = folders.find((candidate) => {
    const names = readdirSync(candidate);
    if (!names.includes(bundleFile)) return false;
    return dataFile !== RELAY_FUNCTION.dataFile || readName(join(candidate, dataFile)) === ENVIRONMENT;
  });
  if (folder === undefined) throw new Error(`The assembly has no ${bundleFile}.`);
  const codeFile = join(folder, bundleFile);
  const contents = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name)));
  const sum = (sizes: readonly number[]) => sizes.reduce((total, bytes) => total + bytes, 0);
  return {
    folder,
    handler,
    codeFile,
    codeBytes: readFileSync(codeFile).byteLength,
    bytes: sum(contents.map(({ byteLength }) => byteLength)),
    compressedBytes: sum(contents.map((content) => gzipSync(content).byteLength)),
  };
}

const readName = (dataFile: string): unknown => JSON.parse(readFileSync(dataFile, 'utf8')).name;
