import { PACKED_DATA_START, PACKED_PARAMETERS, type PackedData } from './packed-data.ts';
import { SHARED_MODULES } from './shared-modules.ts';

/*
 * Part of the built programs: reads the packed data at the end of the program's own file. It loads the modules of Node.js on demand,
 * because most calls do not need them.
 */

let packedData: PackedData | undefined;
let packedModules: Readonly<Record<string, () => unknown>> | undefined;

function unpack(): PackedData {
  if (packedData === undefined) {
    const program = process.getBuiltinModule('node:fs').readFileSync(__filename, 'utf8');
    const start = program.lastIndexOf(PACKED_DATA_START) + PACKED_DATA_START.length;
    const compressed = Buffer.from(program.slice(start, program.lastIndexOf('*/')), 'base64');
    packedData = JSON.parse(
      process.getBuiltinModule('node:zlib').brotliDecompressSync(compressed).toString(),
    ) as PackedData;
  }
  return packedData;
}

/** Replaces the function of the same name in `files/catalog-files.ts`. */
export const listCatalogReleases = (): string[] => Object.keys(unpack().catalogs);

/** Replaces the function of the same name in `files/catalog-files.ts`. */
export function readCatalogText(release: string): string {
  const text = unpack().catalogs[release];
  if (text === undefined) throw new Error(`There is no catalog for Airflow ${release}`);
  return text;
}

/** Loads a module of the packed code. */
export function loadPackedModule(name: string): unknown {
  packedModules ??= runPackedCode();
  return packedModules[name]!();
}

function runPackedCode(): Readonly<Record<string, () => unknown>> {
  const run = process
    .getBuiltinModule('node:vm')
    .compileFunction(unpack().code, [...PACKED_PARAMETERS], { filename: 'packed' });
  const modules = {};
  const require = process.getBuiltinModule('node:module').createRequire(__filename);
  const loadSharedModule = (file: string) => SHARED_MODULES[file]!();
  run(modules, require, loadSharedModule, { listCatalogReleases, readCatalogText });
  return modules;
}
