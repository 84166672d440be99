import type { Plugin } from 'esbuild';
import { resolveImport } from './eager-plugin.ts';

/** The esbuild namespaces of modules that the members of `packed` replace. */
const SHARED = 'shared';
const CATALOG_FILES = 'catalog files';

/**
 * Builds the packed part of a program. Replaces files of the eager part with their instances there, and
 * `files/catalog-files.ts` with the functions of `unpack.ts`.
 *
 * @param eagerFiles the source files in the eager part
 * @param sharedFiles receives those that this part uses too
 */
export const createLazyPlugin = (eagerFiles: ReadonlySet<string>, sharedFiles: Set<string>): Plugin => ({
  name: 'lazy part',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /\/catalog-files\.ts$/ }, ({ path }) => ({ path, namespace: CATALOG_FILES }));
    onResolve({ filter: /^\./ }, ({ path, importer }) => {
      const file = resolveImport(importer, path);
      if (!eagerFiles.has(file)) return undefined;
      sharedFiles.add(file);
      return { path: file, namespace: SHARED };
    });
    onLoad({ filter: /./, namespace: CATALOG_FILES }, () => ({ contents: 'module.exports = packed;' }));
    onLoad({ filter: /./, namespace: SHARED }, ({ path }) => ({
      contents: `module.exports = packed.getSharedModule(${JSON.stringify(path)});`,
    }));
  },
});
