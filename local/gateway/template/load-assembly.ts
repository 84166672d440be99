/** Reads a CDK cloud assembly (`cdk.out`): one stack of it, where that goes, and the folders of its built assets. */
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
  /** Folder of the file asset that is uploaded under this S3 key. Undefined: no such asset. */
  assetFolder(objectKey: string): string | undefined;
}

/** Where the stack goes when it was synthesized without an environment of its own. */
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
  // Assertions about the bootstrap stack, checked by CloudFormation before anything exists.
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
 * Loads one stack of an assembly, with the stacks within it.
 * Throws a `UnsupportedTemplateError` when there is no such stack, or several and none is named, or no environment is known for it.
 *
 * @param stackName left out: the only one there is
 */
export function loadAssembly(directory: string, fallback?: AccountAndRegion, stackName?: string): Assembly {
  const manifestFile = join(directory, 'manifest.json');
  if (!existsSync(manifestFile)) rejectTemplate(`${directory} holds no cloud assembly (manifest.json): run the synth`);
  const artifacts = Object.entries((readJson(manifestFile) as AssemblyManifest).artifacts ?? {});
  if (artifacts.some(([, { type }]) => type === 'cdk:cloud-assembly'))
    rejectTemplate('nested assemblies are not known');
  const every = artifacts.filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const stacks = every.filter(([id]) => stackName === undefined || id === stackName);
  const [found] = stacks;
  if (found === undefined || stacks.length > 1) {
    const names = every.map(([id]) => id).join(', ') || 'none';
    rejectTemplate(
      `the assembly must hold one stack${stackName ? ` ${stackName}` : ', or one be named'}: it holds ${names}`,
    );
  }
  const [id, stack] = found;

  const [, account, region] = /^aws:\/\/([^/]+)\/(.+)$/.exec(stack.environment ?? '') ?? [];
  const environment = {
    account: account === undefined || account === 'unknown-account' ? fallback?.account : account,
    region: region === undefined || region === 'unknown-region' ? fallback?.region : region,
  };
  if (environment.account === undefined || environment.region === undefined) {
    rejectTemplate(`stack ${id} names no account or region, and none was given to fall back on`);
  }

  const folders = new Map<string, string>();
  const templates = new Map<string, string>();
  for (const [, { type, properties }] of artifacts) {
    if (type !== 'cdk:asset-manifest' || properties?.file === undefined) continue;
    const { files = {} } = readJson(join(directory, properties.file)) as AssetManifest;
    for (const { source, destinations } of Object.values(files)) {
      for (const { objectKey } of Object.values(destinations)) {
        const kind = source.packaging === 'zip' ? folders : templates;
        kind.set(objectKey, join(directory, source.path));
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
        // The key is the literal end of an address in the assets' bucket.
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
  if (unknown !== undefined) rejectTemplate(`template section ${unknown} is not known`);
  return template;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
