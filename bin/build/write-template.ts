import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesizeTemplate } from '../../lib/synthesize.ts';
import { TEMPLATE_NAME } from '../../lib/template/template-stack.ts';
import { ROOT } from './build-options.ts';
import { createZip } from './create-zip.ts';
import { formatPublishScript } from './format-publish-script.ts';

/**
 * Writes the template for deployments without the CDK, the code of its functions as ZIP files, and the script that publishes both.
 *
 * @param output a folder. What is in it is deleted
 */
export function writeTemplate(output: string): void {
  const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
  const folder = mkdtempSync(join(tmpdir(), 'template-'));
  try {
    packTemplate(synthesizeTemplate({ version }, folder).directory, version, output);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Like `writeTemplate`, from a folder in which the template is synthesized. */
export function packTemplate(assemblyDir: string, version: string, output: string): void {
  rmSync(output, { recursive: true, force: true });
  mkdirSync(join(output, 'code'), { recursive: true });
  const template = readFileSync(join(assemblyDir, `${TEMPLATE_NAME}.template.json`), 'utf8');
  writeFileSync(join(output, `${TEMPLATE_NAME}.template.json`), template);
  const { files } = JSON.parse(readFileSync(join(assemblyDir, `${TEMPLATE_NAME}.assets.json`), 'utf8'));
  for (const { source, destinations } of Object.values<AssetFile>(files)) {
    if (source.packaging !== 'zip') continue;
    const [{ objectKey } = { objectKey: '' }] = Object.values(destinations);
    const name = objectKey.slice(objectKey.lastIndexOf('/') + 1);
    writeFileSync(join(output, 'code', name), createZip(join(assemblyDir, source.path)));
  }
  writeFileSync(join(output, 'publish.sh'), formatPublishScript(version), { mode: 0o755 });
}

/** An entry of the CDK's asset manifest. */
interface AssetFile {
  readonly source: { readonly path: string; readonly packaging: string };
  readonly destinations: Readonly<Record<string, { readonly objectKey: string }>>;
}
