/**
 * The folders that each folder may import, from the bottom up. The rule with the longest path that contains a file applies to the
 * file. Every folder may import itself. `folder/*` means the files directly in a folder. A name that ends in `.ts` means one file.
 * `docs/architecture.md` shows these rules.
 */
export const IMPORT_RULES: Readonly<Record<string, readonly string[]>> = {
  airflow: [],
  policy: ['airflow'],
  contract: [],
  config: ['contract', 'policy', 'airflow'],
  files: ['config', 'contract', 'policy', 'airflow'],

  'mwaa/cli-token.ts': [],
  'mwaa/connection': ['mwaa/cli-token.ts', 'contract'],
  mwaa: ['mwaa/connection', 'mwaa/cli-token.ts', 'contract'],
  'mwaa/token': ['mwaa/*', 'mwaa/connection', 'contract'],
  'mwaa/cli': ['mwaa/*', 'mwaa/token', 'mwaa/connection', 'contract', 'airflow'],
  'mwaa/rest': ['mwaa/*', 'mwaa/token', 'mwaa/connection', 'contract', 'airflow'],

  'lambda/read-deployed-json.ts': [],
  'lambda/aws': [],
  'lambda/event': ['contract', 'policy', 'airflow'],
  'lambda/command': ['mwaa/cli', 'contract', 'policy', 'airflow'],
  'lambda/middleware': ['lambda/event', 'contract', 'airflow'],
  'lambda/authorizer': ['lambda/*', 'lambda/audit', 'contract', 'config', 'policy'],
  'lambda/audit': ['contract', 'airflow'],
  'lambda/front/queue': ['lambda/aws', 'mwaa/connection', 'contract'],
  'lambda/front': [
    'lambda/front/queue',
    'lambda/*',
    'lambda/middleware',
    'lambda/event',
    'lambda/command',
    'lambda/audit',
    'contract',
    'config',
    'policy',
    'airflow',
  ],
  'lambda/events': [
    'lambda/front',
    'lambda/front/queue',
    'lambda/*',
    'lambda/aws',
    'lambda/middleware',
    'lambda/event',
    'lambda/audit',
    'mwaa/connection',
    'contract',
    'config',
    'policy',
    'airflow',
  ],
  'lambda/deployments': [
    'lambda/front',
    'lambda/*',
    'lambda/aws',
    'lambda/middleware',
    'lambda/event',
    'lambda/audit',
    'mwaa/connection',
    'contract',
    'config',
    'airflow',
  ],
  'lambda/relay': [
    'lambda/*',
    'lambda/aws',
    'lambda/middleware',
    'lambda/event',
    'lambda/command',
    'lambda/audit',
    'mwaa',
    'contract',
    'config',
    'policy',
    'airflow',
  ],
  'lambda/rest': [
    'lambda/relay',
    'lambda/*',
    'lambda/aws',
    'lambda/middleware',
    'lambda/event',
    'lambda/command',
    'lambda/audit',
    'mwaa',
    'contract',
    'config',
    'policy',
    'airflow',
  ],

  'lambda/stored-policy': [
    'lambda/front',
    'lambda/front/queue',
    'lambda/relay',
    'lambda/*',
    'lambda/aws',
    'lambda/middleware',
    'lambda/event',
    'lambda/command',
    'mwaa',
    'contract',
    'config',
    'policy',
  ],

  lib: ['files', 'config', 'contract', 'policy', 'airflow'],
  examples: ['lib'],

  'client/library': ['contract', 'airflow'],
  client: ['client/library', 'mwaa', 'files', 'config', 'contract', 'policy', 'airflow'],
  'client/direct': ['client/*', 'client/library', 'mwaa', 'files', 'config', 'contract', 'policy', 'airflow'],
  'client/airflow': ['client/*', 'client/library', 'client/direct', 'files', 'config', 'contract', 'policy', 'airflow'],
  'client/mwaa': [
    'client/*',
    'client/library',
    'client/direct',
    'client/airflow',
    'mwaa',
    'files',
    'config',
    'contract',
    'policy',
    'airflow',
  ],
  'client/pipeline': ['client/*', 'client/library', 'client/airflow', 'client/mwaa', 'contract', 'airflow'],

  'local/iam': [],
  'local/read-body.ts': [],
  'local/airflow': ['airflow'],
  'local/aws': ['local/airflow', 'local/iam', 'local/read-body.ts'],
  'local/mwaa': ['local/airflow', 'local/iam', 'local/read-body.ts', 'airflow'],
  'local/gateway/gateway-errors.ts': ['local/iam'],
  'local/gateway/template': ['local/gateway/gateway-errors.ts', 'local/iam'],
  'local/gateway/functions': ['local/gateway/template', 'local/gateway/gateway-errors.ts', 'local/iam'],
  'local/gateway/lambda': ['local/gateway/functions', 'local/gateway/template', 'local/iam', 'local/read-body.ts'],
  'local/gateway/front': [
    'local/gateway/lambda',
    'local/gateway/functions',
    'local/gateway/template',
    'local/gateway/gateway-errors.ts',
    'local/iam',
    'local/read-body.ts',
  ],
  'local/gateway': [
    'local/gateway/lambda',
    'local/gateway/front',
    'local/gateway/functions',
    'local/gateway/template',
    'local/gateway/gateway-errors.ts',
    'local/iam',
  ],
  'local/events': [
    'local/aws',
    'local/gateway',
    'local/gateway/template',
    'local/gateway/functions',
    'local/iam',
    'local/read-body.ts',
  ],
  'local/cloudformation': ['local/gateway/template', 'local/gateway/functions', 'local/read-body.ts'],
  local: [
    'local/cloudformation',
    'local/aws',
    'local/events',
    'local/gateway',
    'local/mwaa',
    'local/airflow',
    'local/iam',
    'client/library',
    'lib',
    'files',
    'config',
    'contract',
    'airflow',
  ],

  'tools/python': ['client', 'mwaa', 'contract', 'airflow'],
  tools: ['local/airflow', 'local/mwaa', 'files', 'airflow'],
  bench: [
    'lib',
    'local',
    'client',
    'lambda/front',
    'lambda/front/queue',
    'files',
    'config',
    'contract',
    'policy',
    'airflow',
  ],
  bin: ['client', 'lib', 'files', 'config', 'contract', 'airflow'],
};

/** Folders without I/O, environment variables, clock or logger, and the packages that each may import. */
export const PURE_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  airflow: [],
  policy: [],
  contract: [],
  config: ['yaml', 'zod'],
};

/** The only folders that may import the CDK. */
const CDK_FOLDERS = ['lib', 'examples'];

/** The packages of the CDK. A specifier may have a path after the name. */
const CDK_PACKAGES = /^(?:aws-cdk-lib|constructs|cdk-nag)(?:$|\/)/;

/** Finds the rule for a file: the longest key of `IMPORT_RULES` that contains the file. */
export function findRuleFolder(file: string): string {
  const folders = Object.keys(IMPORT_RULES).filter((folder) => file === folder || file.startsWith(`${folder}/`));
  const [longest] = folders.sort((a, b) => b.length - a.length);
  if (longest === undefined) throw new Error(`${file} is in no folder of IMPORT_RULES. Add a rule for its folder`);
  return longest;
}

/** Whether a file may import another. Both are paths from the root of the repository. */
export function mayImport(file: string, target: string): boolean {
  const folder = findRuleFolder(file);
  if (findRuleFolder(target) === folder) return true;
  return IMPORT_RULES[folder]!.some((allowed) =>
    allowed.endsWith('/*')
      ? target.slice(0, target.lastIndexOf('/')) === allowed.slice(0, -2)
      : target === allowed || target.startsWith(`${allowed}/`),
  );
}

/** Whether a file of a folder may import a package. */
export function mayImportPackage(folder: string, specifier: string): boolean {
  if (CDK_PACKAGES.test(specifier) && !CDK_FOLDERS.includes(folder)) return false;
  return PURE_FOLDERS[folder]?.includes(specifier) ?? true;
}
