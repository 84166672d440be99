import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** The built rivals of the functions: a folder with `NAME.js` for each. */
export interface RivalHandlers {
  readonly folder: string;
  getBytes(name: RivalName): number;
  remove(): void;
}

type RivalName = 'bare' | 'empty' | 'naive';

/** Builds the handlers in `handlers/` with the settings that the CDK has for functions by default. */
export async function buildHandlers(...names: readonly RivalName[]): Promise<RivalHandlers> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-handlers-'));
  await build({
    entryPoints: names.map((name) => fileURLToPath(new URL(`handlers/${name}.ts`, import.meta.url))),
    outdir: folder,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    logLevel: 'error',
  });
  return {
    folder,
    getBytes: (name) => statSync(join(folder, `${name}.js`)).size,
    remove: () => rmSync(folder, { recursive: true }),
  };
}
