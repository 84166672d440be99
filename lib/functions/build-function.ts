import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from '../../files/root.ts';

/**
 * Bundles a function from its sources into one file. Throws the errors of esbuild.
 *
 * The format is CommonJS, because importing `node:http` as an ES module initializes all of its lazy exports. See docs/decisions.md.
 */
export function buildFunction(outfile: string, entry: string): Uint8Array {
  // Loaded on demand, because users of the npm package do not need esbuild.
  const { buildSync } = createRequire(join(ROOT, 'package.json'))('esbuild') as typeof import('esbuild');
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    // Makes the bundle independent of the current folder.
    absWorkingDir: ROOT,
    nodePaths: [join(ROOT, 'node_modules')],
    outfile,
    write: false,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    minify: true,
    legalComments: 'none',
    define: { 'import.meta.dirname': '__dirname' },
    mainFields: ['module', 'main'],
    logLevel: 'silent',
  });
  const code = outputFiles[0];
  if (code === undefined) throw new Error(`esbuild created no output for ${entry}`);
  return code.contents;
}
