import { build } from 'esbuild';
import packageJson from '../../package.json' with { type: 'json' };
import { COMMON_BUILD_OPTIONS, DIST } from './build-options.ts';

/**
 * Bundles a module that the package exports into one file of `dist/`, next to its type declarations.
 *
 * The only format is CommonJS. ES modules can import it. CommonJS modules could not load an ES module on Node.js 20.16, and Jest
 * cannot either. If there were both formats, an app could load the package twice.
 *
 * @param module the path of the module in the project, without its extension
 */
export async function buildLibrary(module: string): Promise<void> {
  await build({
    ...COMMON_BUILD_OPTIONS,
    entryPoints: [`${module}.ts`],
    outfile: `${DIST}/${module}.js`,
    write: true,
    format: 'cjs',
    minify: false,
    // The app's own copy of the CDK must be used.
    external: Object.keys({ ...packageJson.dependencies, ...packageJson.peerDependencies }),
    define: { 'import.meta.dirname': '__dirname' },
  });
}
