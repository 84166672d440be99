import { dirname, join, relative } from 'node:path';
import type { Plugin } from 'esbuild';
import { ROOT } from './build-options.ts';

/** Packages that few calls need, besides those of the AWS SDK. */
const LAZY_PACKAGES = ['yaml'];

/** The esbuild namespace of modules that the members of `packed` replace. */
const PACKED = 'packed';
const CATALOG_FILES = 'catalog files';

/** Returns the path of an imported file, relative to the root of the repository. */
export const resolveImport = (importer: string, path: string): string => relative(ROOT, join(dirname(importer), path));

/** Returns what an import of a lazy module names: a package, or the path of a file. */
export const toImportPath = (module: string): string => (LAZY_PACKAGES.includes(module) ? module : `./${module}`);

/**
 * Builds the part of a program that every call needs. Replaces each dynamically imported file and each lazy package with a stub that
 * loads it from the packed code, and `files/catalog-files.ts` with the functions of `unpack.ts`.
 *
 * The stubs refer to `packed` as a global name. If they imported `unpack.ts`, esbuild would wrap it, and everything that it shares, in a
 * function for each module, and V8 would parse these functions twice.
 *
 * @param lazyModules receives the replaced files and packages
 */
export const createEagerPlugin = (lazyModules: Set<string>): Plugin => ({
  name: 'eager part',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /\/catalog-files\.ts$/ }, ({ path }) => ({ path, namespace: CATALOG_FILES }));
    onResolve({ filter: /./ }, ({ path, importer, kind }) => {
      const isFile = path.startsWith('.');
      const isLazy = LAZY_PACKAGES.includes(path) || (kind === 'dynamic-import' && isFile);
      if (!isLazy) return undefined;
      const module = isFile ? resolveImport(importer, path) : path;
      lazyModules.add(module);
      return { path: module, namespace: PACKED };
    });
    onLoad({ filter: /./, namespace: CATALOG_FILES }, () => ({ contents: 'module.exports = packed;' }));
    onLoad({ filter: /./, namespace: PACKED }, ({ path }) => ({
      contents: `module.exports = packed.loadPackedModule(${JSON.stringify(path)});`,
    }));
  },
});
