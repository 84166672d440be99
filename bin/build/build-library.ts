import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';
import { COMMON_BUILD_OPTIONS } from './build-options.ts';

/** Replaces the compiled modules of the client library in `folder` with one file. The type declarations remain. */
export async function buildLibrary(folder: string): Promise<void> {
  for (const file of readdirSync(folder)) if (file.endsWith('.js')) rmSync(`${folder}/${file}`);
  const { outputFiles } = await build({
    ...COMMON_BUILD_OPTIONS,
    entryPoints: ['client/library/index.ts'],
    format: 'esm',
    minify: false,
  });
  writeFileSync(`${folder}/index.js`, outputFiles[0]!.text);
}
