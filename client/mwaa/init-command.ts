import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { parseConfig } from '../../config/parse-config.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import type { AwsResources } from './init/aws-resources.ts';
import { INIT_ACTIONS } from './init/describe-aws-error.ts';
import { formatConfigYaml } from './init/format-config-yaml.ts';
import { generateConfig } from './init/generate-config.ts';
import type { AwsScope } from './init/load-aws-resources.ts';
import { parseSavedResources, type SavedFile } from './init/parse-saved-resources.ts';

export const INIT_USAGE = `Usage: mwaa init [--region REGION] [--profile PROFILE] [--write FILE [--force]]
       mwaa init --from FILE… [--write FILE [--force]]

Asks AWS which environments a region has, and prints a configuration for them: Airflow release, VPC, subnets, security groups.
What AWS does not say, and what cannot stand in it, stands there as a comment. Nothing is changed in AWS, and no grant is made.

  --region REGION    of the environments; default AWS_REGION, or what AWS's own configuration says
  --profile PROFILE  of AWS's own configuration; default AWS_PROFILE
  --from FILE        asks no AWS: reads answers that were saved, "-" for standard input. As often as there are files
  --write FILE       writes what is printed into a file too, unless it is there
  --force            even if it is there

Credentials are found as the AWS CLI finds them. They must allow ${INIT_ACTIONS.slice(0, 2).join(', ')},
${INIT_ACTIONS.slice(2).join(' and ')}; the last may be missing.

Where those may not be had, somebody who has them saves the answers:

  for name in $(aws mwaa list-environments --query 'Environments[]' --output text); do
    aws mwaa get-environment --name "$name" --output json
  done > environments.json
  aws ec2 describe-subnets --output json > subnets.json
  aws ec2 describe-vpc-endpoints --output json > endpoints.json

  mwaa init --from environments.json --from subnets.json --from endpoints.json

Exit status: 0 printed, 1 AWS does not answer or has nothing for a configuration, 2 bad usage.
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
  // A pattern of the shell makes several words of one.
  const files = from.length > 0 ? [...from, ...positionals] : [];
  if (files.length === 0 && positionals.length > 0) {
    throw new UsageError(
      `What is ${positionals[0]}? Saved answers come after --from, and the file to write after --write.`,
    );
  }
  if (files.length > 0 && (region ?? profile) !== undefined) {
    throw new UsageError('--from asks no AWS: leave out --region and --profile.');
  }
  if (write !== undefined && existsSync(write) && !force) {
    throw new UsageError(`${write} is there already. Give another name, or --force to write over it.`);
  }

  const say = (text: string) => terminal.stderr(`mwaa init: ${text}\n`);
  const answers =
    files.length > 0 ? await loadFromFiles(files, terminal) : await loadFromAws({ region, profile }, terminal);
  if (typeof answers === 'string') {
    say(answers);
    return 1;
  }
  const draft = generateConfig(answers);
  const leftOut = draft.environments.filter(({ obstacles }) => obstacles.length > 0);
  for (const one of leftOut) say(`${one.key} is left out. ${one.obstacles.join(' ')}`);
  if (leftOut.length === draft.environments.length) {
    say('nothing is left for a configuration.');
    return 1;
  }
  const yaml = formatConfigYaml(draft);
  parseConfig(yaml, write ?? 'the configuration', CATALOGS);
  if (write !== undefined) writeConfigFile(write, yaml, force);
  terminal.stdout(yaml);
  say(
    write === undefined
      ? 'nothing is written. --write FILE does that.'
      : `written to ${write}. Read its comments, add grants, then check it: npm run synth -- --config ${write}`,
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

/** The AWS SDK is loaded for those alone who ask AWS. */
async function loadFromAws(asked: AwsScope, { environment }: Terminal): Promise<AwsResources | string> {
  const { loadAwsResources } = await import('./init/load-aws-resources.ts');
  return loadAwsResources(asked, environment);
}

async function loadFromFiles(files: readonly string[], terminal: Terminal): Promise<AwsResources> {
  const answers = parseSavedResources(await Promise.all(files.map((name) => readSavedFile(name, terminal))));
  if (answers.environments.length > 0) return answers;
  throw new UsageError('The files have no environment in them: save what aws mwaa get-environment --name NAME prints.');
}

async function readSavedFile(name: string, { stdin }: Terminal): Promise<SavedFile> {
  if (name === '-') return { name: 'standard input', text: await textOf(stdin) };
  try {
    return { name, text: readFileSync(name, 'utf8') };
  } catch (cause) {
    throw new UsageError(`${name} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, { cause });
  }
}
