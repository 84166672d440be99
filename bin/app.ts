import { ConfigError, formatLocatedIssue } from '../config/config-error.ts';
import type { Config } from '../config/config-types.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../files/load-config.ts';
import { addStacks, createProxyApp } from '../lib/synthesize.ts';

// The CDK app for the CDK CLI, such as `npx cdk diff -c config=FILE`.
const app = createProxyApp();
const fileName = app.node.tryGetContext('config') ?? DEFAULT_CONFIG_FILE;
const config = loadConfigOrExit(fileName);
for (const warning of config.warnings) console.error(`warning  ${formatLocatedIssue(fileName, warning)}`);
addStacks(app, config);
app.synth();

function loadConfigOrExit(fileName: string): Config {
  try {
    return loadConfig(fileName);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
