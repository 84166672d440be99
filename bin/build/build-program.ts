import { writeFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';
import { build } from 'esbuild';
import { listCatalogReleases, readCatalogText, readOperationsText } from '../../files/catalog-files.ts';
import { COMMON_BUILD_OPTIONS, ROOT } from './build-options.ts';
import { createEagerPlugin, toImportPath } from './eager-plugin.ts';
import { createLazyPlugin } from './lazy-plugin.ts';
import { NODE_GUARD } from './node-guard.ts';
import { createPackagesPlugin, formatPackagesEntryPoint } from './packages-plugin.ts';
import { type CatalogIndex, getPackedStart, type PackedPart, type TextRanges } from './packed-data.ts';

/**
 * Builds a program as one file that needs no other files. To start quickly, the file has two parts: code that every call needs, and
 * comments at its end with compressed code and catalogs, which `unpack.ts` reads on demand.
 *
 * The format is CommonJS, because importing `node:http` as an ES module initializes all of its lazy exports.
 */
export async function buildProgram(name: string, folder: string): Promise<void> {
  const unpackCode = await buildUnpackCode();
  const draft = await buildEagerPart(name, []);
  const lazyPart = await buildLazyPart(draft);
  const { code } = await buildEagerPart(name, lazyPart.sharedFiles);
  const program = [
    '#!/usr/bin/env node',
    NODE_GUARD,
    unpackCode,
    code,
    formatPackedPart('packages', '', await buildPackages(lazyPart.packages)),
    formatPackedPart('code', '', lazyPart.code),
    formatCatalogs(),
  ];
  writeFileSync(`${folder}/${name}.cjs`, program.join('\n'), { mode: 0o755 });
}

/** The functions that read the packed parts, as members of the variable `packed`. */
async function buildUnpackCode(): Promise<string> {
  const { outputFiles } = await build({
    ...COMMON_BUILD_OPTIONS,
    entryPoints: ['bin/build/unpack.ts'],
    format: 'iife',
    globalName: 'packed',
  });
  return outputFiles[0]!.text;
}

/** @param sharedFiles the source files of this part that the lazy part uses too */
async function buildEagerPart(name: string, sharedFiles: readonly string[]) {
  const lazyModules = new Set<string>();
  const packages = new Set<string>();
  const { outputFiles, metafile } = await build({
    ...COMMON_BUILD_OPTIONS,
    stdin: { resolveDir: ROOT, sourcefile: 'program.js', contents: formatEntryPoint(name, sharedFiles) },
    format: 'cjs',
    metafile: true,
    plugins: [createPackagesPlugin(packages), createEagerPlugin(lazyModules)],
  });
  const inputs = Object.values(metafile.outputs)[0]!.inputs;
  // Of the other files, esbuild has removed everything. If they were shared, the part would contain them again.
  const files = Object.keys(inputs).filter((file) => inputs[file]!.bytesInOutput > 0);
  return { code: outputFiles[0]!.text, files: new Set(files), lazyModules, packages };
}

/** Imports the program after the modules that it shares with the packed code. */
function formatEntryPoint(name: string, sharedFiles: readonly string[]): string {
  const imports = sharedFiles.map((file, index) => `import * as shared${index} from ${JSON.stringify(`./${file}`)};\n`);
  const members = sharedFiles.map((file, index) => `${JSON.stringify(file)}: () => shared${index},\n`);
  return `${imports.join('')}import './bin/${name}.ts';\npacked.shareModules({\n${members.join('')}});\n`;
}

/** The modules that the eager part loads on demand, without packages of the AWS SDK. */
async function buildLazyPart(eagerPart: Awaited<ReturnType<typeof buildEagerPart>>) {
  const { lazyModules, files } = eagerPart;
  const sharedFiles = new Set<string>();
  const packages = new Set(eagerPart.packages);
  const contents = [...lazyModules].map(
    (module) => `exports[${JSON.stringify(module)}] = () => require(${JSON.stringify(toImportPath(module))});`,
  );
  const { outputFiles } = await build({
    ...COMMON_BUILD_OPTIONS,
    format: 'cjs',
    stdin: { resolveDir: ROOT, sourcefile: 'packed.js', contents: contents.join('\n') },
    plugins: [createPackagesPlugin(packages), createLazyPlugin(files, sharedFiles)],
  });
  return { code: outputFiles[0]!.text, sharedFiles: [...sharedFiles].sort(), packages };
}

async function buildPackages(packages: ReadonlySet<string>): Promise<string> {
  const { outputFiles } = await build({
    ...COMMON_BUILD_OPTIONS,
    format: 'cjs',
    stdin: { resolveDir: ROOT, sourcefile: 'packages.js', contents: formatPackagesEntryPoint(packages) },
  });
  return outputFiles[0]!.text;
}

function formatCatalogs(): string {
  const texts: Buffer[] = [];
  let size = 0;
  const append = (read: (release: string) => string | undefined): TextRanges => {
    const ranges: Record<string, TextRanges[string]> = {};
    for (const release of listCatalogReleases()) {
      const text = read(release);
      if (text === undefined) continue;
      const bytes = Buffer.from(text);
      ranges[release] = [size, size + bytes.length];
      texts.push(bytes);
      size += bytes.length;
    }
    return ranges;
  };
  const index: CatalogIndex = { catalogs: append(readCatalogText), operations: append(readOperationsText) };
  return formatPackedPart('catalogs', JSON.stringify(index), Buffer.concat(texts));
}

function formatPackedPart(part: PackedPart, index: string, content: string | Buffer): string {
  // The catalogs resemble each other, so a large window compresses them better.
  const params = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
  return `${getPackedStart(part)}${index}\n${brotliCompressSync(content, { params }).toString('base64')}*/\n`;
}
