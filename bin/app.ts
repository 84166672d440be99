import { ConfigFault, faultLine } from '../lib/config/config-fault.ts';
import type { Config } from '../lib/config/config-types.ts';
import { DEFAULT_CONFIG, loadConfig } from '../lib/config/load-config.ts';
import { addStacks, proxyApp } from '../lib/synthesise.ts';

// The CDK app, for `cdk deploy`, `cdk diff` and the like: `npx cdk diff -c config=FILE`.
const app = proxyApp();
const fileName = app.node.tryGetContext('config') ?? DEFAULT_CONFIG;
const config = configOrExit(fileName);
for (const warning of config.warnings) console.error(`warning  ${faultLine(fileName, warning)}`);
addStacks(app, config);
app.synth();

function configOrExit(fileName: string): Config {
  try {
    return loadConfig(fileName);
  } catch (error) {
    if (!(error instanceof ConfigFault)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}
