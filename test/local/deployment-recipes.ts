import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseTemplate } from '../../local/cloudformation/parse-template.ts';
import type { RawTemplate } from '../../local/gateway/template/raw-template.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/deployments.md'), 'utf8');

/** A code block of docs/deployments.md, by the file name after its language. */
export function readRecipe(file: string): string {
  const text = new RegExp(`^\`\`\`\\w+ ${file.replaceAll('.', '\\.')}\\n(.*?)^\`\`\`$`, 'ms').exec(PAGE)?.[1];
  if (text === undefined) throw new Error(`docs/deployments.md has no recipe ${file}`);
  return text;
}

export const readYamlRecipe = (): RawTemplate => parseTemplate(readRecipe('settings.yaml'));

/** Synthesizes the recipe for the CDK with the sources of the construct. */
export async function synthesizeRecipe(folder: string, serviceToken: string): Promise<RawTemplate> {
  const app = join(folder, 'app.ts');
  const source = readRecipe('app.ts')
    .replace("'mwaa-cli-proxy'", `'${ROOT}lib/mwaa-cli-proxy.ts'`)
    .replace("'aws-cdk-lib'", `'${ROOT}node_modules/aws-cdk-lib/index.js'`);
  writeFileSync(app, source);
  await promisify(execFile)(process.execPath, [app], {
    env: { ...process.env, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify({ serviceToken }) },
  });
  return JSON.parse(readFileSync(join(folder, 'ReportingSettings.template.json'), 'utf8'));
}

/**
 * Reads an attribute of a recipe for Terraform: a string, a list or an object of its language, which is JSON but for `name = value` and line
 * breaks in place of commas.
 */
export function readTerraform(
  file: string,
  attribute: string,
  variables: Readonly<Record<string, string>> = {},
): unknown {
  const text = readRecipe(file);
  const start = text.search(new RegExp(`^  ${attribute}\\s*= `, 'm'));
  if (start === -1) throw new Error(`${file} has no ${attribute}`);
  const rest = text.slice(text.indexOf('=', start) + 2);
  const isObject = /^(?:jsonencode\()?\{/.test(rest);
  const value = isObject
    ? rest.slice(rest.indexOf('{'), rest.search(/^ {2}\}\)?$/m) + 3)
    : rest.slice(0, rest.indexOf('\n'));
  const json = value
    .replace(/\bvar\.(\w+)/g, (_, name: string) => JSON.stringify(variables[name]))
    .replace(/^(\s*)(\w+)\s*= (.*[^{[,])$/gm, '$1"$2": $3,')
    .replace(/,(\s*[\]}])/g, '$1');
  return JSON.parse(json);
}
