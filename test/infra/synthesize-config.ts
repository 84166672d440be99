import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkGrants } from '../../config/check-grants.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { RELAY_FUNCTION } from '../../contract/function-names.ts';
import type { EntryPointResolver } from '../../lib/cli-proxy.ts';
import { synthesize } from '../../lib/synthesize.ts';

/** A resource of a CloudFormation template, as far as tests look into it. */
export interface TemplateResource {
  readonly id: string;
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is CloudFormation's, and a wrong guess fails the test
  readonly Properties: any;
  readonly Metadata?: Record<string, unknown>;
  readonly DeletionPolicy?: string;
  readonly DependsOn?: readonly string[];
}

/** What one synthesis wrote of one stack, with the stacks within it. */
export interface SynthesizedStack {
  /** Every template as text, the outer one first. */
  readonly texts: readonly string[];
  readonly text: string;
  readonly folder: string;
  readonly outputs: Record<string, { Value: unknown; Description?: string }>;
  /** Of the outer template and of those within it, whose references read as if all were one template. */
  readonly resources: (type: string) => TemplateResource[];
  /** The relay function of one environment, and its files. */
  readonly relay: (environment: string) => { readonly function: TemplateResource; readonly environmentFile: unknown };
}

/** Code that bundles at once: what the template says does not depend on what the functions do. */
export function createStubEntry(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'entry-')), 'entry.ts');
  writeFileSync(file, 'export const handler = async (): Promise<number> => 1;\n');
  return file;
}

/** Stubs for all functions, or for all but the relay. */
export const createStubEntries =
  (relay = createStubEntry(), other = createStubEntry()): EntryPointResolver =>
  (names) =>
    names === RELAY_FUNCTION ? relay : other;

export const parseTestConfig = (text: string) => parseConfig(text, 'f.yaml', checkGrants);

export function synthesizeConfig(
  configText: string,
  entries: EntryPointResolver = createStubEntries(),
  folder = mkdtempSync(join(tmpdir(), 'synthesis-')),
): SynthesizedStack {
  return synthesizeStacks(configText, entries, folder)[0]!;
}

/** One for each stack. */
export function synthesizeStacks(
  configText: string,
  entries: EntryPointResolver = createStubEntries(),
  folder = mkdtempSync(join(tmpdir(), 'synthesis-')),
): SynthesizedStack[] {
  const { stacks } = synthesize({
    config: parseConfig(configText, 'f.yaml'),
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
  const template = flattened(readFileSync(file, 'utf8'), '', {});
  const all = Object.entries(template.Resources).map(([id, resource]): TemplateResource => ({ id, ...resource }));
  const resources = (type: string) => all.filter(({ Type }) => Type === type);
  return {
    texts,
    text: texts[0] ?? '',
    folder,
    outputs: template.Outputs ?? {},
    resources,
    relay(environment) {
      const relays = resources('AWS::Lambda::Function')
        .filter(({ Properties }) => Properties.Handler.startsWith('relay.'))
        .map((relay) => {
          const asset = join(folder, `asset.${relay.Properties.Code.S3Key.replace(/\.zip$/, '')}`);
          return {
            function: relay,
            environmentFile: JSON.parse(readFileSync(join(asset, RELAY_FUNCTION.dataFile), 'utf8')),
          };
        });
      const found = relays.find(({ environmentFile }) => environmentFile.name === environment);
      if (found === undefined) throw new Error(`no function carries the file of ${environment}`);
      return found;
    },
  };

  /** Puts the stacks within a template in the place of their resource: ids after the stack's, parameters replaced. */
  function flattened(text: string, prefix: string, parameters: Record<string, unknown>): FlattenedTemplate {
    texts.push(text);
    const rename = (id: string) => (id.startsWith('AWS::') ? id : prefix + id);
    const raw: FlattenedTemplate = JSON.parse(text, (_key, value) => {
      if (typeof value !== 'object' || value === null) return value;
      const [[name, argument] = ['', undefined], ...more] = Object.entries(value);
      if (more.length > 0) return value;
      if (name === 'Ref') return parameters[String(argument)] ?? { Ref: rename(String(argument)) };
      if (name === 'Fn::GetAtt')
        return { 'Fn::GetAtt': [rename((argument as string[])[0]!), (argument as string[])[1]] };
      return value;
    });
    const inner = Object.entries(raw.Resources)
      .filter(([, { Type }]) => Type === 'AWS::CloudFormation::Stack')
      .map(([id, { Properties }]) => {
        const name = nestedTemplate(Properties.TemplateURL);
        return flattened(readFileSync(join(folder, name), 'utf8'), `${id}.`, Properties.Parameters ?? {});
      });
    const own = Object.entries(raw.Resources).map(([id, resource]) => [prefix + id, resource]);
    return {
      Resources: Object.assign(Object.fromEntries(own), ...inner.map(({ Resources }) => Resources)),
      Outputs: Object.assign({}, raw.Outputs, ...inner.map(({ Outputs }) => Outputs)),
    };
  }

  function nestedTemplate(url: unknown): string {
    const hash = /([0-9a-f]{64})\.json"/.exec(JSON.stringify(url))?.[1];
    const manifest = readFileSync(file.replace(/\.template\.json$/, '.assets.json'), 'utf8');
    return JSON.parse(manifest).files[hash ?? ''].source.path;
  }
}

/** CloudFormation's intrinsic functions as text, so that a value can be read and compared in one line. */
export function formatIntrinsics(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[key, argument] = ['', undefined]] = Object.entries(value);
  if (key === 'Ref') return `<${argument}>`;
  if (key === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  if (key === 'Fn::Join')
    return (argument as [string, unknown[]])[1].map(formatIntrinsics).join((argument as [string])[0]);
  return JSON.stringify(value);
}
