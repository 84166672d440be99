import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { text as readText } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { parseConfig } from '../../config/parse-config.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import type { AwsResources } from './init/aws-resources.ts';
import { INIT_ACTIONS, OPTIONAL_INIT_ACTIONS } from './init/describe-aws-error.ts';
import { formatConfigYaml } from './init/format-config-yaml.ts';
import { generateConfig } from './init/generate-config.ts';

import { parseSavedResources, type SavedFile } from './init/parse-saved-resources.ts';
import type { AwsScope } from './resolve-aws-scope.ts';

export const INIT_USAGE = `Usage: mwaa init [--region REGION] [--profile PROFILE] [--write FILE [--force]]
       mwaa init --from FILE… [--write FILE [--force]]

Prints a configuration for the MWAA environments of a region: Airflow release, VPC, subnets, security groups. Unknown values and
environments that cannot be used are printed as comments. Changes nothing in AWS and grants nothing.

  --region REGION    region of the environments; default AWS_REGION, or the region in the AWS configuration file
  --profile PROFILE  profile in the AWS configuration file; default AWS_PROFILE
  --from FILE        read saved output of the AWS CLI instead of calling AWS; "-" is standard input. Can be repeated
  --write FILE       also write the configuration to a new file
  --force            with --write: overwrite an existing file

Credentials are found like those of the AWS CLI. They need ${INIT_ACTIONS.slice(0, 2).join(', ')},
and ${INIT_ACTIONS.slice(2).join(', ')}. Optional: ${OPTIONAL_INIT_ACTIONS.join(', ')}.

If you cannot get these permissions, ask somebody who has them to save the output of these commands:

  for name in $(aws mwaa list-environments --query 'Environments[]' --output text); do
    aws mwaa get-environment --name "$name" --output json
  done > environments.json
  aws ec2 describe-subnets --output json > subnets.json
  aws ec2 describe-vpc-endpoints --output json > endpoints.json
  aws lambda get-account-settings --output json > lambda.json
  aws apigateway get-account --output json > apigateway.json

  mwaa init --from environments.json --from subnets.json --from endpoints.json --from lambda.json --from apigateway.json

Exit codes: 0 configuration printed, 1 AWS did not respond or has no usable environment, 2 invalid usage.
`;

/** @throws UsageError, ConfigError */
export async function initCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      region: { type: 'string' },
      profile: { type: 'string' },
      from: { type: 'string', multiple: true, default: [] },
      write: { type: 'string' },
      force: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    terminal.stdout(INIT_USAGE);
    return 0;
  }
  const { from, write, force, region, profile } = values;
  // The shell expands --from *.json to several words.
  const files = from.length > 0 ? [...from, ...positionals] : [];
  if (files.length === 0 && positionals.length > 0) {
    throw new UsageError(
      `Unexpected argument ${positionals[0]}. Use --from for saved output, or --write for the file to write.`,
    );
  }
  if (files.length > 0 && (region ?? profile) !== undefined) {
    throw new UsageError('--from does not call AWS: remove --region and --profile.');
  }
  if (write !== undefined && existsSync(write) && !force) {
    throw new UsageError(`${write} already exists. Choose another name, or use --force to overwrite it.`);
  }

  const printMessage = (text: string) => terminal.stderr(`mwaa init: ${text}\n`);
  const resources =
    files.length > 0 ? await loadFromFiles(files, terminal) : await loadFromAws({ region, profile }, terminal);
  if (typeof resources === 'string') {
    printMessage(resources);
    return 1;
  }
  const config = generateConfig(resources);
  const leftOut = config.environments.filter(({ obstacles }) => obstacles.length > 0);
  for (const { key, obstacles } of leftOut) printMessage(`${key} is left out. ${obstacles.join(' ')}`);
  if (leftOut.length === config.environments.length) {
    printMessage('no environment remains, so no configuration was printed.');
    return 1;
  }
  const yaml = formatConfigYaml(config);
  parseConfig(yaml, write ?? 'the configuration', CATALOGS);
  if (write !== undefined) writeConfigFile(write, yaml, force);
  terminal.stdout(yaml);
  printMessage(
    write === undefined
      ? 'no file was written. Use --write FILE to write one.'
      : `wrote ${write}. Review its comments, add grants, then check it: npm run synth -- --config ${write}`,
  );
  return 0;
}

function writeConfigFile(file: string, yaml: string, force: boolean): void {
  try {
    writeFileSync(file, yaml, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    throw new UsageError(`${file} cannot be written (${(cause as NodeJS.ErrnoException).code}).`, { cause });
  }
}

/** Loads the AWS SDK only if AWS is called. */
async function loadFromAws(scope: AwsScope, { environment }: Terminal): Promise<AwsResources | string> {
  const { loadAwsResources } = await import('./init/load-aws-resources.ts');
  return loadAwsResources(scope, environment);
}

async function loadFromFiles(files: readonly string[], terminal: Terminal): Promise<AwsResources> {
  const resources = parseSavedResources(await Promise.all(files.map((name) => readSavedFile(name, terminal))));
  if (resources.environments.length > 0) return resources;
  throw new UsageError('The files contain no environment. Save the output of: aws mwaa get-environment --name NAME');
}

async function readSavedFile(name: string, { stdin }: Terminal): Promise<SavedFile> {
  if (name === '-') return { name: 'standard input', text: await readText(stdin()) };
  try {
    return { name, text: readFileSync(name, 'utf8') };
  } catch (cause) {
    throw new UsageError(`${name} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, { cause });
  }
}
