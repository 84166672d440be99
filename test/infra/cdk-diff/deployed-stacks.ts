import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly [section: string]: unknown;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly [attribute: string]: unknown;
}

/** A stack as CloudFormation has it after a deployment. Its nested stacks are by logical id. */
export interface DeployedStack {
  readonly template: Template;
  readonly nested: Readonly<Record<string, DeployedStack>>;
}

/** Reads one stack of a cloud assembly, and its nested stacks, as CloudFormation has them after a deployment. */
export function readDeployedStack(assembly: string, stackName: string): DeployedStack {
  const { files } = readJson(join(assembly, `${stackName}.assets.json`)) as {
    files: Record<string, { source: { path: string } }>;
  };
  const read = (path: string): DeployedStack =>
    createDeployedStack(readJson(join(assembly, path)) as Template, (key) =>
      read(files[key.replace(/\.json$/, '')]?.source.path ?? key),
    );
  return read(`${stackName}.template.json`);
}

/** @param readNested returns the stack whose template has this object key */
export function createDeployedStack(
  template: Template,
  readNested: (objectKey: string) => DeployedStack,
): DeployedStack {
  const nested = Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === NESTED_STACK)
    .map(([id, { Properties }]) => [id, readNested(getObjectKey(Properties?.TemplateURL))]);
  return { template, nested: Object.fromEntries(nested) };
}

export const NESTED_STACK = 'AWS::CloudFormation::Stack';

/** The URL contains references. Its end, the object key in the asset bucket, is literal text. */
const getObjectKey = (url: unknown): string => /([^/"]+\.json)"/.exec(JSON.stringify(url))?.[1] ?? '';

const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
