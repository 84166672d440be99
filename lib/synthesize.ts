import { readFileSync } from 'node:fs';
import { App, AssetStaging, DefaultStackSynthesizer } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import type { Config } from '../config/config-types.ts';
import { groupByTarget } from '../config/deployment-targets.ts';
import type { EntryPointResolver } from './cli-proxy.ts';
import { ProxyStack } from './proxy-stack.ts';

/** A CDK app set up as `cdk.json` says, whether the CDK CLI runs it or not: both ways give the same template. */
export function createProxyApp(outdir?: string): App {
  const { context } = JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8'));
  return new App({
    context,
    analyticsReporting: false,
    treeMetadata: false,
    // The CLI checks the bootstrap version by itself; a parameter and a rule in the template would only repeat it.
    defaultStackSynthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
    ...(outdir === undefined ? {} : { outdir }),
  });
}

/** One stack for each account and region that environments are in. */
export const addStacks = (app: App, config: Config, entries?: EntryPointResolver): ProxyStack[] =>
  groupByTarget(config, config.environments).map(
    (place) => new ProxyStack(app, { config, target: place, resolveEntryPoint: entries }),
  );

export interface SynthesizeOptions {
  readonly config: Config;
  /** Folder for the cloud assembly: the templates, and the assets they name. Left out: a temporary one. */
  readonly outdir?: string;
  readonly resolveEntryPoint?: EntryPointResolver;
}

/** Synthesizes in this process, without the CDK CLI, an account or a network. */
export function synthesize({ config, outdir, resolveEntryPoint }: SynthesizeOptions): CloudAssembly {
  // The cache outlives an app and does not look at the functions' sources, which may have changed since.
  AssetStaging.clearAssetHashCache();
  const app = createProxyApp(outdir);
  addStacks(app, config, resolveEntryPoint);
  return app.synth();
}
