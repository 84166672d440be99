import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RELAY_FUNCTION } from '../../contract/function-names.ts';
import type { EntryPointResolver } from '../../lib/cli-proxy.ts';
import { synthesize } from '../../lib/synthesize.ts';
import { parseTestConfig, skipGrantCheck } from '../fixtures/parse-test-config.ts';

/** A resource of a CloudFormation template. Contains the attributes that tests check. */
export interface TemplateResource {
  readonly id: string;
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation defines the properties
  readonly Properties: any;
  readonly Metadata?: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: readonly string[];
}

/** The output of the synthesis for one stack and its nested stacks. */
export interface SynthesizedStack {
  /** All templates as text, the outer one first. */
  readonly texts: readonly string[];
  readonly text: string;
  readonly folder: string;
  readonly outputs: Record<string, { Value: unknown; Description?: string }>;
  /** Returns the resources of a type in all templates, with references as if they were in one template. */
  readonly resources: (type: string) => TemplateResource[];
  /** Returns the relay of an environment, and its data file. */
  readonly relay: (environment: string) => { readonly function: TemplateResource; readonly environmentFile: unknown };
}

/** Creates the source of a function that bundles quickly. Templates do not depend on the code of functions. */
export function createStubEntry(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'entry-')), 'entry.ts');
  writeFileSync(file, 'export const handler = async (): Promise<number> => 1;\n');
  return file;
}

/** Replaces all functions with stubs, or the relay with another entry point. */
export const createStubEntries =
  (relay = createStubEntry(), other = createStubEntry()): EntryPointResolver =>
  (names) =>
    names === RELAY_FUNCTION ? relay : other;

/** Synthesizes a configuration, and returns the result of the first stack. Grants may name callers that are not valid. */
export function synthesizeConfig(
  configText: string,
  entries: EntryPointResolver = createStubEntries(),
  folder = mkdtempSync(join(tmpdir(), 'synthesis-')),
): SynthesizedStack {
  return synthesizeStacks(configText, entries, folder)[0]!;
}

/** Synthesizes a configuration. Returns one result per stack, in the order of their names. */
export function synthesizeStacks(
  configText: string,
  entries: EntryPointResolver = createStubEntries(),
  folder = mkdtempSync(join(tmpdir(), 'synthesis-')),
): SynthesizedStack[] {
  const { stacks } = synthesize({
    config: parseTestConfig(configText, skipGrantCheck),
    outdir: folder,
    resolveEntryPoint: entries,
  });
  return stacks.map(({ templateFullPath }) => readSynthesizedStack(folder, templateFullPath));
}

interface FlattenedTemplate {
  readonly Resources: Record<string, Omit<TemplateResource, 'id'>>;
  readonly Outputs?: SynthesizedStack['outputs'];
}

function readSynthesizedStack(folder: string, file: string): SynthesizedStack {
  const texts: string[] = [];
  const template = flatten(readFileSync(file, 'utf8'), '', {});
  const allResources = Object.entries(template.Resources).map(
    ([id, resource]): TemplateResource => ({ id, ...resource }),
  );
  const resources = (type: string) => allResources.filter(({ Type }) => Type === type);
  return {
    texts,
    text: texts[0] ?? '',
    folder,
    outputs: template.Outputs ?? {},
    resources,
    relay(environment) {
      const relays = resources('AWS::Lambda::Function')
        .filter(
          ({ Properties }) => Properties.Handler.startsWith('relay.') && Properties.FunctionName.includes('-relay-'),
        )
        .map((lambdaFunction) => {
          const asset = join(folder, `asset.${lambdaFunction.Properties.Code.S3Key.replace(/\.zip$/, '')}`);
          return {
            function: lambdaFunction,
            environmentFile: JSON.parse(readFileSync(join(asset, RELAY_FUNCTION.dataFile), 'utf8')),
          };
        });
      const relay = relays.find(({ environmentFile }) => environmentFile.name === environment);
      if (relay === undefined) throw new Error(`No relay has a data file for ${environment}.`);
      return relay;
    },
  };

  /** Replaces nested stacks with their resources. Prefixes logical IDs with the ID of the nested stack, and replaces parameters. */
  function flatten(text: string, prefix: string, parameters: Record<string, unknown>): FlattenedTemplate {
    texts.push(text);
    const addPrefix = (id: string) => (id.startsWith('AWS::') ? id : prefix + id);
    const raw: FlattenedTemplate = JSON.parse(text, (_key, value) => {
      if (typeof value !== 'object' || value === null) return value;
      const [[name, argument] = ['', undefined], ...more] = Object.entries(value);
      if (more.length > 0) return value;
      if (name === 'Ref') return parameters[String(argument)] ?? { Ref: addPrefix(String(argument)) };
      if (name === 'Fn::GetAtt')
        return { 'Fn::GetAtt': [addPrefix((argument as string[])[0]!), (argument as string[])[1]] };
      return value;
    });
    const inner = Object.entries(raw.Resources)
      .filter(([, { Type }]) => Type === 'AWS::CloudFormation::Stack')
      .map(([id, { Properties }]) => {
        const name = findNestedTemplate(Properties.TemplateURL);
        return flatten(readFileSync(join(folder, name), 'utf8'), `${id}.`, Properties.Parameters ?? {});
      });
    const outer = Object.entries(raw.Resources).map(([id, resource]) => [prefix + id, resource]);
    return {
      Resources: Object.assign(Object.fromEntries(outer), ...inner.map(({ Resources }) => Resources)),
      Outputs: Object.assign({}, raw.Outputs, ...inner.map(({ Outputs }) => Outputs)),
    };
  }

  function findNestedTemplate(url: unknown): string {
    const hash = /([0-9a-f]{64})\.json"/.exec(JSON.stringify(url))?.[1];
    const manifest = readFileSync(file.replace(/\.template\.json$/, '.assets.json'), 'utf8');
    return JSON.parse(manifest).files[hash ?? ''].source.path;
  }
}

/** Reads the data file of a function. */
export const readData = ({ folder }: SynthesizedStack, { Properties }: TemplateResource, dataFile: string): unknown =>
  JSON.parse(readFileSync(join(folder, `asset.${Properties.Code.S3Key.replace(/\.zip$/, '')}`, dataFile), 'utf8'));

/** Formats a value with intrinsic functions as text: `Ref` as `<Id>`, `Fn::GetAtt` as `<Id.Attribute>`, `Fn::Join` joined. */
export function formatIntrinsics(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[key, argument] = ['', undefined]] = Object.entries(value);
  if (key === 'Ref') return `<${argument}>`;
  if (key === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  if (key === 'Fn::Join')
    return (argument as [string, unknown[]])[1].map(formatIntrinsics).join((argument as [string])[0]);
  return JSON.stringify(value);
}
