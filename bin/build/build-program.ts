import { writeFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';
import { listCatalogReleases, readCatalogText } from '../../files/catalog-files.ts';
import { COMMON_BUILD_OPTIONS, ROOT } from './build-options.ts';
import { createEagerPlugin, toRequirePath } from './eager-plugin.ts';
import { createLazyPlugin } from './lazy-plugin.ts';
import { NODE_GUARD } from './node-guard.ts';
import { PACKED_DATA_START, type PackedData } from './packed-data.ts';
import { usedExportsPlugin } from './used-exports-plugin.ts';

/**
 * Builds a program as one file that needs no other files. To start quickly, the file has two parts: code that every call needs, and
 * a comment at its end with compressed code and catalogs, which `unpack.ts` reads on demand.
 *
 * The format is CommonJS, because importing `node:http` as an ES module initializes all of its lazy exports.
 */
export async function buildProgram(name: string, folder: string): Promise<void> {
  const draft = await buildEagerPart(name, []);
  const lazyPart = await buildLazyPart(draft.lazyModules, draft.files);
  const { code } = await buildEagerPart(name, lazyPart.sharedFiles);
  const catalogs = Object.fromEntries(listCatalogReleases().map((release) => [release, readCatalogText(release)]));
  writeFileSync(`${folder}/${name}.cjs`, code + formatPackedData({ catalogs, code: lazyPart.code }), { mode: 0o755 });
}

/** @param sharedFiles the source files of this part that the lazy part uses too */
async function buildEagerPart(name: string, sharedFiles: readonly string[]) {
  const lazyModules = new Set<string>();
  const { outputFiles, metafile } = await build({
    ...COMMON_BUILD_OPTIONS,
    entryPoints: [`bin/${name}.ts`],
    format: 'cjs',
    banner: { js: NODE_GUARD },
    metafile: true,
    plugins: [createEagerPlugin(lazyModules, sharedFiles)],
  });
  return { code: outputFiles[0]!.text, files: new Set(Object.keys(metafile.inputs)), lazyModules };
}

/** @param eagerFiles the source files in the eager part */
async function buildLazyPart(lazyModules: ReadonlySet<string>, eagerFiles: ReadonlySet<string>) {
  const sharedFiles = new Set<string>();
  const contents = [...lazyModules].map(
    (module) => `exports[${JSON.stringify(module)}] = () => require(${JSON.stringify(toRequirePath(module))});`,
  );
  const { outputFiles } = await build({
    ...COMMON_BUILD_OPTIONS,
    format: 'cjs',
    stdin: { resolveDir: ROOT, sourcefile: 'packed.js', contents: contents.join('\n') },
    plugins: [usedExportsPlugin, createLazyPlugin(eagerFiles, sharedFiles)],
  });
  return { code: outputFiles[0]!.text, sharedFiles: [...sharedFiles].sort() };
}

function formatPackedData(data: PackedData): string {
  // The catalogs resemble each other, so a large window compresses them better.
  const params = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
  return `${PACKED_DATA_START}${brotliCompressSync(JSON.stringify(data), { params }).toString('base64')}*/\n`;
}
