/** Reads a CDK cloud assembly (`cdk.out`): one stack, its account and region, and the folders of its built assets. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { flattenStacks } from './flatten-stacks.ts';
import type { RawTemplate } from './raw-template.ts';
import { rejectTemplate } from './unsupported-template.ts';

/** One synthesized stack. */
export interface Assembly {
  stackName: string;
  /** Twelve digits. */
  account: string;
  region: string;
  template: RawTemplate;
  /** Returns the folder of the asset that is uploaded under this S3 key, or undefined if there is none. */
  assetFolder(objectKey: string): string | undefined;
}

/** The account and region of a stack that was synthesized without them. */
export interface AccountAndRegion {
  account: string;
  region: string;
}

const TEMPLATE_SECTIONS = new Set([
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Outputs',
  'Parameters',
  'Mappings',
  'Conditions',
  // Assertions about the bootstrap stack, which CloudFormation checks before it creates resources.
  'Rules',
  'Resources',
]);

interface AssemblyManifest {
  artifacts?: Record<
    string,
    { type: string; environment?: string; properties?: { templateFile?: string; file?: string; stackName?: string } }
  >;
}

interface AssetManifest {
  files?: Record<
    string,
    { source: { path: string; packaging: string }; destinations: Record<string, { objectKey: string }> }
  >;
}

/**
 * Loads one stack of an assembly, including its nested stacks.
 *
 * @param stackName may be omitted if the assembly contains one stack
 * @throws UnsupportedTemplateError if the stack does not exist, if `stackName` is omitted and the assembly contains several
 *   stacks, or if account or region are unknown
 */
export function loadAssembly(directory: string, fallback?: AccountAndRegion, stackName?: string): Assembly {
  const manifestFile = join(directory, 'manifest.json');
  if (!existsSync(manifestFile))
    rejectTemplate(`${directory} contains no cloud assembly (manifest.json): run npm run synth`);
  const artifacts = Object.entries((readJson(manifestFile) as AssemblyManifest).artifacts ?? {});
  if (artifacts.some(([, { type }]) => type === 'cdk:cloud-assembly'))
    rejectTemplate('nested assemblies are not supported');
  const stacks = artifacts.filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const candidates = stacks.filter(([id]) => stackName === undefined || id === stackName);
  const [selected] = candidates;
  if (selected === undefined || candidates.length > 1) {
    const names = stacks.map(([id]) => id).join(', ') || 'no stack';
    rejectTemplate(
      stackName === undefined
        ? `the assembly must contain one stack unless stackName is set; it contains ${names}`
        : `the assembly has no stack ${stackName}; it contains ${names}`,
    );
  }
  const [id, stack] = selected;

  const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(stack.environment ?? '') ?? [];
  const environment = {
    account: account === undefined || account === 'unknown-account' ? fallback?.account : account,
    region: region === undefined || region === 'unknown-region' ? fallback?.region : region,
  };
  if (environment.account === undefined || environment.region === undefined) {
    rejectTemplate(`stack ${id} has no account or region: set accountAndRegion`);
  }

  const folders = new Map<string, string>();
  const templates = new Map<string, string>();
  for (const [, { type, properties }] of artifacts) {
    if (type !== 'cdk:asset-manifest' || properties?.file === undefined) continue;
    const { files = {} } = readJson(join(directory, properties.file)) as AssetManifest;
    for (const { source, destinations } of Object.values(files)) {
      for (const { objectKey } of Object.values(destinations)) {
        const assets = source.packaging === 'zip' ? folders : templates;
        assets.set(objectKey, join(directory, source.path));
      }
    }
  }
  return {
    stackName: stack.properties?.stackName ?? id,
    account: environment.account,
    region: environment.region,
    template: flattenStacks(
      readTemplate(join(directory, stack.properties?.templateFile ?? `${id}.template.json`)),
      (url) => {
        // The URL contains references. Its end, the object key in the asset bucket, is always literal text.
        const [, objectKey = ''] = /([^/"]+\.json)"/.exec(JSON.stringify(url) ?? '') ?? [];
        const file = templates.get(objectKey);
        return file === undefined ? undefined : readTemplate(file);
      },
    ),
    assetFolder: (objectKey) => folders.get(objectKey),
  };
}

function readTemplate(file: string): RawTemplate {
  const template = readJson(file) as RawTemplate;
  const unknown = Object.keys(template).find((section) => !TEMPLATE_SECTIONS.has(section));
  if (unknown !== undefined) rejectTemplate(`template section ${unknown} is not supported`);
  return template;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
