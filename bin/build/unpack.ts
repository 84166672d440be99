import { type CatalogIndex, getPackedStart, PACKED_PARAMETERS, type PackedPart } from './packed-data.ts';

/*
 * Part of the built programs: reads the packed parts at the end of the program's own file. In both parts of a program its exports are
 * the members of `packed`. It loads the modules of Node.js on demand, because most calls do not need them.
 */

type Modules = Readonly<Record<string, () => unknown>>;

let sharedModules: Modules = {};
let packedModules: Modules | undefined;
let packedPackages: Modules | undefined;
let catalogs: { readonly index: CatalogIndex; readonly texts: Buffer } | undefined;

/** Receives the modules that both parts of a program use, by file. Each has only one instance. */
export function shareModules(modules: Modules): void {
  sharedModules = modules;
}

/** Returns a module of the part that every call needs. */
export const getSharedModule = (file: string): unknown => sharedModules[file]!();

/** Loads a module of the packed code. */
export function loadPackedModule(name: string): unknown {
  packedModules ??= runPackedCode('code');
  return packedModules[name]!();
}

/** Loads a package of the AWS SDK. */
export function loadPackage(name: string): unknown {
  packedPackages ??= runPackedCode('packages');
  return packedPackages[name]!();
}

/** Replaces the function of the same name in `files/catalog-files.ts`. */
export const listCatalogReleases = (): string[] => Object.keys(unpackCatalogs().index.catalogs);

/** Replaces the function of the same name in `files/catalog-files.ts`. */
export function readCatalogText(release: string): string {
  const { index, texts } = unpackCatalogs();
  const range = index.catalogs[release];
  if (range === undefined) throw new Error(`There is no catalog for Airflow ${release}`);
  return texts.toString('utf8', ...range);
}

/** Replaces the function of the same name in `files/catalog-files.ts`. */
export function readOperationsText(release: string): string | undefined {
  const { index, texts } = unpackCatalogs();
  const range = index.operations[release];
  return range && texts.toString('utf8', ...range);
}

function unpackCatalogs() {
  if (catalogs === undefined) {
    const { index, content } = unpack('catalogs');
    catalogs = { index: JSON.parse(index), texts: content };
  }
  return catalogs;
}

function runPackedCode(part: 'code' | 'packages'): Modules {
  const run = process
    .getBuiltinModule('node:vm')
    .compileFunction(unpack(part).content.toString(), [...PACKED_PARAMETERS], { filename: `packed ${part}` });
  const modules = {};
  const require = process.getBuiltinModule('node:module').createRequire(__filename);
  run(modules, require, { getSharedModule, loadPackage, listCatalogReleases, readCatalogText, readOperationsText });
  return modules;
}

function unpack(part: PackedPart): { readonly index: string; readonly content: Buffer } {
  const program = process.getBuiltinModule('node:fs').readFileSync(__filename, 'latin1');
  const mark = getPackedStart(part);
  const start = program.lastIndexOf(mark) + mark.length;
  const [index = '', content = ''] = program.slice(start, program.indexOf('*/', start)).split('\n');
  const compressed = Buffer.from(content, 'base64');
  return { index, content: process.getBuiltinModule('node:zlib').brotliDecompressSync(compressed) };
}
