import { readFileSync } from 'node:fs';
import { App, AssetStaging, DefaultStackSynthesizer } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import type { Config } from '../config/config-types.ts';
import { groupByTarget } from '../config/deployment-targets.ts';
import type { EntryPointResolver } from './cli-proxy.ts';
import { ProxyStack } from './proxy-stack.ts';
import { TemplateStack, type TemplateStackProps } from './template/template-stack.ts';

/** Creates a CDK app with the context of `cdk.json`, so that templates are the same with and without the CDK CLI. */
export function createProxyApp(outdir?: string): App {
  const { context } = JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8'));
  return new App({
    context,
    analyticsReporting: false,
    treeMetadata: false,
    // The CDK CLI checks the bootstrap version, so the template needs no rule for it.
    defaultStackSynthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }),
    ...(outdir === undefined ? {} : { outdir }),
  });
}

/** Adds a stack for each account and region of the environments. */
export const addStacks = (app: App, config: Config, resolveEntryPoint?: EntryPointResolver): ProxyStack[] =>
  groupByTarget(config, config.environments).map(
    (target) => new ProxyStack(app, { config, target, resolveEntryPoint }),
  );

export interface SynthesizeOptions {
  readonly config: Config;
  /** The folder for the templates and assets. Default: a temporary folder. */
  readonly outdir?: string;
  readonly resolveEntryPoint?: EntryPointResolver;
}

/** Synthesizes in this process. Needs no CDK CLI, AWS account, or network. */
export function synthesize({ config, outdir, resolveEntryPoint }: SynthesizeOptions): CloudAssembly {
  // The cache is shared by all apps in this process, and does not notice changed sources.
  AssetStaging.clearAssetHashCache();
  const app = createProxyApp(outdir);
  addStacks(app, config, resolveEntryPoint);
  return app.synth();
}

/** Synthesizes the template for deployments without the CDK. */
export function synthesizeTemplate(props: TemplateStackProps, outdir?: string): CloudAssembly {
  AssetStaging.clearAssetHashCache();
  const app = createProxyApp(outdir);
  new TemplateStack(app, props);
  return app.synth();
}
