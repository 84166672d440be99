import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '../../lib/config.ts';
import { synthesise } from '../../lib/synthesise.ts';

/** A resource of a CloudFormation template, as far as tests look into it. */
export interface Resource {
  readonly id: string;
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is CloudFormation's, and a wrong guess fails the test
  readonly Properties: any;
  readonly Metadata?: Record<string, unknown>;
  readonly DeletionPolicy?: string;
}

/** What one synthesis wrote. */
export interface Synthesis {
  readonly text: string;
  readonly folder: string;
  readonly outputs: Record<string, { Value: unknown; Description?: string }>;
  readonly resources: (type: string) => Resource[];
  /** The relay function of one environment, and its files. */
  readonly relay: (environment: string) => { readonly function: Resource; readonly environmentFile: unknown };
}

/** Code that bundles at once: what the template says does not depend on what the relay does. */
export function stubRelay(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'relay-')), 'relay.ts');
  writeFileSync(file, 'export const handler = async (): Promise<number> => 1;\n');
  return file;
}

export function synthesis(
  configText: string,
  relayEntry = stubRelay(),
  folder = mkdtempSync(join(tmpdir(), 'synthesis-')),
): Synthesis {
  const assembly = synthesise({
    config: parseConfig(configText, 'f.yaml'),
    outdir: folder,
    overrides: { relayEntry },
  });
  const text = readFileSync(assembly.stacks[0]?.templateFullPath ?? '', 'utf8');
  const template = JSON.parse(text);
  const all = Object.entries(template.Resources).map(([id, resource]) => ({ id, ...(resource as object) }) as Resource);
  const resources = (type: string) => all.filter(({ Type }) => Type === type);
  return {
    text,
    folder,
    outputs: template.Outputs,
    resources,
    relay(environment) {
      const relays = resources('AWS::Lambda::Function').map((relay) => {
        const asset = join(folder, `asset.${relay.Properties.Code.S3Key.replace(/\.zip$/, '')}`);
        return { function: relay, environmentFile: JSON.parse(readFileSync(join(asset, 'environment.json'), 'utf8')) };
      });
      const found = relays.find(({ environmentFile }) => environmentFile.name === environment);
      if (found === undefined) throw new Error(`no function carries the file of ${environment}`);
      return found;
    },
  };
}

/** CloudFormation's intrinsic functions as text, so that a value can be read and compared in one line. */
export function readable(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[key, argument] = ['', undefined]] = Object.entries(value);
  if (key === 'Ref') return `<${argument}>`;
  if (key === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  if (key === 'Fn::Join') return (argument as [string, unknown[]])[1].map(readable).join((argument as [string])[0]);
  return JSON.stringify(value);
}
