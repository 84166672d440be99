#!/usr/bin/env node
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, formatLocatedIssue } from '../config/config-error.ts';
import { formatGrantRules, selectActiveGrants } from '../config/function-files.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../files/load-config.ts';
import { synthesize } from '../lib/synthesize.ts';

const USAGE = `Usage: npm run synth -- [--config FILE] [--output FOLDER]

Checks a configuration file (default ${DEFAULT_CONFIG_FILE}) and writes its CloudFormation templates, with the code
they deploy, into a folder (default cdk.out). Needs no AWS account and no network.
Exits with 1 where the configuration has faults, with 2 where this command does.`;

process.exitCode = main(process.argv.slice(2));

function main(args: string[]): number {
  let options: { config: string; output: string; help: boolean };
  try {
    options = parseArgs({
      args,
      options: {
        config: { type: 'string', default: DEFAULT_CONFIG_FILE },
        output: { type: 'string', default: 'cdk.out' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  try {
    const config = loadConfig(options.config);
    for (const warning of config.warnings) console.error(`warning  ${formatLocatedIssue(options.config, warning)}`);
    const { stacks } = synthesize({ config, outdir: options.output });
    const environments = Object.entries(config.environments);
    const on = environments.filter(([, { enabled }]) => enabled);
    const sentences = on.flatMap(([name]) => formatGrantRules(selectActiveGrants(config, name)));
    for (const { templateFile } of stacks) console.log(`Template      ${join(options.output, templateFile)}`);
    console.log(
      `Environments  ${on.map(([name, { airflow }]) => `${name} (Airflow ${airflow})`).join(', ') || 'none'}`,
    );
    console.log(`Grants        ${sentences.length} in force, from ${config.grants.length} in ${options.config}`);
    return 0;
  } catch (error) {
    // The second is the CDK's own check of the template, whose findings the CDK has printed by then.
    const understood = error instanceof ConfigError || (error instanceof Error && error.name === 'ValidationFailed');
    if (!understood) throw error;
    console.error(error.message);
    return 1;
  }
}
