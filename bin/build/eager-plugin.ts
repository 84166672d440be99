import { dirname, join, relative } from 'node:path';
import type { Plugin } from 'esbuild';
import { ROOT } from './build-options.ts';

/** Packages that few calls need. Sources import them dynamically, or import modules that use them dynamically. */
const LAZY_PACKAGES = [
  '@aws-sdk/client-mwaa',
  '@aws-sdk/credential-provider-node',
  '@smithy/shared-ini-file-loader',
  'yaml',
];

const UNPACK_FILE = join(ROOT, 'bin/build/unpack.ts');

/** The esbuild namespace of modules that are in the packed code. */
const PACKED = 'packed';

/** Returns the path of an imported file, relative to the root of the repository. */
export const resolveImport = (importer: string, path: string): string => relative(ROOT, join(dirname(importer), path));

/** Returns what `require` needs to load a lazy module: the name of a package, or the path of a file. */
export const toRequirePath = (module: string): string => (LAZY_PACKAGES.includes(module) ? module : `./${module}`);

/**
 * Builds the part of a program that every call needs. Replaces each dynamically imported file and each lazy package with a stub that
 * loads it from the packed code, and `files/catalog-files.ts` with `unpack.ts`.
 *
 * @param lazyModules receives the replaced files and packages
 * @param sharedFiles the source files of this part that the packed code uses too
 */
export const createEagerPlugin = (lazyModules: Set<string>, sharedFiles: readonly string[]): Plugin => ({
  name: 'eager part',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /\/catalog-files\.ts$/ }, () => ({ path: UNPACK_FILE }));
    onResolve({ filter: /./ }, ({ path, importer, kind }) => {
      const isFile = path.startsWith('.');
      const isLazy = LAZY_PACKAGES.includes(path) || (kind === 'dynamic-import' && isFile);
      if (!isLazy) return undefined;
      const module = isFile ? resolveImport(importer, path) : path;
      lazyModules.add(module);
      return { path: module, namespace: PACKED };
    });
    onLoad({ filter: /./, namespace: PACKED }, ({ path }) => ({
      resolveDir: ROOT,
      contents: `module.exports = require(${JSON.stringify(UNPACK_FILE)}).loadPackedModule(${JSON.stringify(path)});`,
    }));
    onLoad({ filter: /\/bin\/build\/shared-modules\.ts$/ }, () => ({
      resolveDir: ROOT,
      loader: 'js',
      contents: formatSharedModules(sharedFiles),
    }));
  },
});

const formatSharedModules = (sharedFiles: readonly string[]): string => {
  const members = sharedFiles.map((file) => `${JSON.stringify(file)}: () => require(${JSON.stringify(`./${file}`)}),`);
  return `export const SHARED_MODULES = {\n${members.join('\n')}\n};\n`;
};
