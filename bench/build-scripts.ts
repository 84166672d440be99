import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Built scripts: a folder with `NAME.cjs` for each. */
export interface BuiltScripts {
  readonly folder: string;
  getFile(name: string): string;
  remove(): void;
}

/**
 * Builds scripts with the settings that the CDK has for functions by default. What runs in a measured process is built, because Node.js
 * needs time and memory to run TypeScript.
 *
 * @param paths without extension, such as `handlers/bare`
 */
export async function buildScripts(...paths: readonly string[]): Promise<BuiltScripts> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-scripts-'));
  await build({
    entryPoints: paths.map((path) => ({
      in: fileURLToPath(new URL(`${path}.ts`, import.meta.url)),
      out: basename(path),
    })),
    outdir: folder,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    logLevel: 'error',
  });
  return {
    folder,
    getFile: (name) => join(folder, `${name}.cjs`),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
