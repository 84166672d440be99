import { readFileSync } from 'node:fs';
import { App, AssetStaging, DefaultStackSynthesizer } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import type { Config } from './config.ts';
import { ProxyStack, type ProxyStackProps } from './proxy-stack.ts';

/** Name of the stack, and of its template in the cloud assembly: `MwaaCliProxy.template.json`. */
export const STACK_NAME = 'MwaaCliProxy';

/** A CDK app set up as `cdk.json` says, whether the CDK CLI runs it or not: both ways give the same template. */
export function proxyApp(outdir?: string): App {
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

export interface SynthesiseOptions {
  readonly config: Config;
  /** Folder for the cloud assembly: the template, and the assets it names. Left out: a temporary one. */
  readonly outdir?: string;
  readonly overrides?: Omit<ProxyStackProps, 'config'>;
}

/** Synthesises in this process, without the CDK CLI, an account or a network. */
export function synthesise({ config, outdir, overrides }: SynthesiseOptions): CloudAssembly {
  // The cache outlives an app and does not look at the relay's sources, which may have changed since.
  AssetStaging.clearAssetHashCache();
  const app = proxyApp(outdir);
  new ProxyStack(app, STACK_NAME, { ...overrides, config });
  return app.synth();
}
