#!/usr/bin/env node
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readRuleCatalog } from '../airflow/rest/rule-catalogs.ts';
import { formatGrantRules, selectActiveGrants } from '../config/active-grants.ts';
import { ConfigError, formatLocatedIssue } from '../config/config-error.ts';
import { describeRestRole } from '../config/rest-role.ts';
import { CATALOGS } from '../files/catalogs.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../files/load-config.ts';
import { synthesize } from '../lib/synthesize.ts';

const USAGE = `Usage: npm run synth -- [--config FILE] [--output FOLDER]

Checks a configuration file (default: ${DEFAULT_CONFIG_FILE}) and writes its CloudFormation templates and the code of
the functions to a folder (default: cdk.out). Needs no AWS account and no network.
Exit codes: 0 success, 1 the configuration has errors, 2 invalid usage.`;

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
    const enabledEnvironments = Object.entries(config.environments).filter(([, { enabled }]) => enabled);
    const rules = enabledEnvironments.flatMap(([name]) => formatGrantRules(selectActiveGrants(config, name)));
    for (const { templateFile } of stacks) console.log(`Template      ${join(options.output, templateFile)}`);
    const environmentList = enabledEnvironments.map(
      ([name, { airflow, rest }]) => `${name} (Airflow ${airflow}${rest ? ', REST API' : ''})`,
    );
    console.log(`Environments  ${environmentList.join(', ') || 'none'}`);
    for (const [name, environment] of enabledEnvironments.filter(([, { rest }]) => rest)) {
      const role = describeRestRole(config, name, environment, readRuleCatalog(CATALOGS, environment));
      console.log(`Airflow role  of ${name}: ${role}`);
    }
    console.log(
      `Grants        ${config.grants.length} in ${options.config}, with ${rules.length} active rules (counted per environment)`,
    );
    return 0;
  } catch (error) {
    // ValidationFailed is the error of the CDK's checks. The CDK has already printed their findings.
    const isExpected = error instanceof ConfigError || (error instanceof Error && error.name === 'ValidationFailed');
    if (!isExpected) throw error;
    console.error(error.message);
    return 1;
  }
}
