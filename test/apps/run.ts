import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packageJson from '../../package.json' with { type: 'json' };

/*
 * Installs the package in apps that `cdk init` has just generated, with npm and with pnpm, on the lowest version of Node.js in
 * `engines`. Runs `npm test` and `cdk synth` in each app. Their settings stay as they were generated. Takes several minutes, and needs
 * the npm registry.
 */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Old versions of the CDK CLI generate other apps. The apps are synthesized with the version that this project uses. */
const GENERATORS = {
  'TypeScript 7, @swc/jest, tsx': packageJson.devDependencies['aws-cdk'],
  'TypeScript 5.9, ts-jest, ts-node': '2.1102.0',
};
/** What TypeScript apps set for modules, besides what `cdk init` generates. */
const MODULE_SETTINGS = [
  '--module commonjs --moduleResolution node10 --esModuleInterop',
  '--module node16 --moduleResolution node16',
  '--module esnext --moduleResolution bundler',
];

const PNPM = 'pnpm@10';
const LOWEST_NODE = `${packageJson.engines.node.replace('>=', '')}.0`;

const STACK = `
    const proxy = new MwaaCliProxy(this, 'Proxy', {
      environments: {
        prod: { airflow: '2.10.3', rest: true, vpc: { id: 'vpc-1', subnets: ['subnet-1', 'subnet-2'], webServerSecurityGroup: 'sg-1' } },
      },
      deployments: { settings: { roles: ['arn:aws:iam::111122223333:role/deploy'] } },
      grants: [{ who: 'arn:aws:iam::111122223333:role/etl', where: 'prod', may: ['@read'] }],
    });
    new AirflowCommands(this, 'Settings', { proxy, onCreate: ['variables set a 1'] });
    new cdk.CfnOutput(this, 'ProxyUrl', { value: proxy.url });
`;
const TEST = `
import * as cdk from 'aws-cdk-lib/core';
import { Template } from 'aws-cdk-lib/assertions';
import { AppStack } from '../lib/app-stack';

test('the stack has the API of the proxy', () => {
  const template = Template.fromStack(new AppStack(new cdk.App(), 'MyTestStack'));
  template.resourceCountIs('AWS::ApiGateway::RestApi', 1);
});
`;

const folder = mkdtempSync(join(tmpdir(), 'apps-'));
let path = process.env.PATH ?? '';

try {
  run(ROOT, 'npm', 'pack', '--pack-destination', folder);
  const tarball = join(folder, `${packageJson.name}-${packageJson.version}.tgz`);
  const tools = join(folder, 'tools');
  install(tools, `node@${LOWEST_NODE}`, PNPM);
  // Not the repository's own node_modules/.bin, whose Node.js is newer.
  const entries = path.split(delimiter).filter((entry) => !entry.includes('node_modules'));
  path = [join(tools, 'node_modules/node/bin'), join(tools, 'node_modules/.bin'), ...entries].join(delimiter);
  console.log(`Node.js ${run(tools, 'node', '--version').trim()}`);
  for (const [name, version] of Object.entries(GENERATORS)) {
    const generator = join(folder, `cdk-${version}`);
    install(generator, `aws-cdk@${version}`);
    for (const packageManager of ['npm', 'pnpm']) {
      const app = join(folder, packageManager, version, 'app');
      createApp(app, join(generator, 'node_modules/.bin/cdk'));
      run(app, packageManager, packageManager === 'npm' ? 'install' : 'add', tarball);
      run(app, packageManager, 'test');
      run(app, packageManager, 'exec', '--', 'cdk', 'synth', '--quiet');
      console.log(`passed  ${name}, ${packageManager}`);
      if (packageManager === 'pnpm' || !name.startsWith('TypeScript 5')) continue;
      for (const settings of MODULE_SETTINGS) {
        run(app, 'npm', 'exec', '--', 'tsc', '--noEmit', '--skipLibCheck', 'false', ...settings.split(' '));
        console.log(`passed  ${name}, ${settings}`);
      }
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function createApp(app: string, cdk: string): void {
  mkdirSync(app, { recursive: true });
  run(app, cdk, 'init', 'app', '--language', 'typescript', '--generate-only');
  edit(join(app, 'package.json'), /"aws-cdk": ".*"/, `"aws-cdk": "${packageJson.devDependencies['aws-cdk']}"`);
  const stackFile = join(app, 'lib/app-stack.ts');
  edit(stackFile, /^import .*constructs';$/m, "$&\nimport { AirflowCommands, MwaaCliProxy } from 'mwaa-cli-proxy';");
  edit(stackFile, /super\(.*\);\n/, `$&${STACK}`);
  writeFileSync(join(app, 'test/app.test.ts'), TEST);
}

function edit(file: string, pattern: RegExp, replacement: string): void {
  const text = readFileSync(file, 'utf8');
  if (!pattern.test(text)) throw new Error(`${file} has no ${pattern}. cdk init generates another app now`);
  writeFileSync(file, text.replace(pattern, replacement));
}

function install(into: string, ...packages: string[]): void {
  mkdirSync(into, { recursive: true });
  writeFileSync(join(into, 'package.json'), '{ "private": true }\n');
  // The package `node` downloads its program in an install script.
  run(into, 'npm', 'install', '--no-audit', '--no-fund', '--foreground-scripts', ...packages);
}

/** Runs a program, and returns what it prints. Prints its output and throws if it fails. */
function run(cwd: string, program: string, ...args: string[]): string {
  try {
    return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: 'pipe', env: { ...process.env, PATH: path } });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${dirname(cwd)}: ${program} ${args.join(' ')} failed\n${stdout}\n${stderr}`, { cause: error });
  }
}
