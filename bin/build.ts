import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import { AUTHORIZER_FUNCTION, FRONT_FUNCTION, RELAY_FUNCTION } from '../contract/function-names.ts';
import { listCatalogReleases, readCatalogText } from '../files/catalog-files.ts';
import { buildFunction, resolveEntryPoint } from '../lib/functions/bundler.ts';

// Makes what the package ships, in dist/: npm run build
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = `${ROOT}dist`;

const COMMON_BUILD_OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  write: false,
} satisfies BuildOptions;

/** Packages that few calls need. What the sources import only when it is asked for comes to them. */
const LAZY_PACKAGES = [
  '@aws-sdk/client-mwaa',
  '@aws-sdk/credential-provider-node',
  '@smithy/shared-ini-file-loader',
  'yaml',
];

/** Before what a program has at its end, in a comment: what it runs seldom, and the command trees. No other call has to read them. */
const PACKED_MARKER = '/*packed ';

/** What unpacks it. `shared` are modules that both parts have: there is one of each. */
const createUnpackSource = (shared: readonly string[]): string => `
const shared = {${shared.map((file) => `${JSON.stringify(file)}: () => require(${JSON.stringify(`./${file}`)})`).join(',')}};
let packed;
let modules;

function unpack() {
  if (packed !== undefined) return packed;
  const text = require('node:fs').readFileSync(__filename, 'utf8');
  const data = Buffer.from(text.slice(text.lastIndexOf('/*') + ${PACKED_MARKER.length}, text.lastIndexOf('*/')), 'base64');
  packed = JSON.parse(require('node:zlib').brotliDecompressSync(data).toString());
  return packed;
}

exports.listCatalogReleases = () => Object.keys(unpack().catalogs);
exports.readCatalogText = (release) => unpack().catalogs[release];

exports.moduleNamed = (name) => {
  if (modules === undefined) {
    modules = {};
    const parameters = ['exports', 'require', 'moduleShared', 'unpacked'];
    const run = require('node:vm').compileFunction(unpack().code, parameters, { filename: 'packed' });
    run(modules, require('node:module').createRequire(__filename), (file) => shared[file](), exports);
  }
  return modules[name]();
};
`;

const resolveFromImporter = (importer: string, path: string): string => relative(ROOT, join(dirname(importer), path));

/** The part that every call reads. @param later filled with what it leaves out */
const createEagerPlugin = (later: Set<string>, shared: readonly string[]): Plugin => ({
  name: 'first part',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^unpacked$|\/catalog-files\.ts$/ }, () => ({ path: 'unpacked', namespace: 'packed' }));
    onResolve({ filter: /./ }, ({ path, importer, kind }) => {
      const isLater = LAZY_PACKAGES.includes(path) || (kind === 'dynamic-import' && path.startsWith('.'));
      if (!isLater) return undefined;
      const name = path.startsWith('.') ? resolveFromImporter(importer, path) : path;
      later.add(name);
      return { path: name, namespace: 'packed' };
    });
    onLoad({ filter: /./, namespace: 'packed' }, ({ path }) => ({
      resolveDir: ROOT,
      contents:
        path === 'unpacked'
          ? createUnpackSource(shared)
          : `module.exports = require('unpacked').moduleNamed(${JSON.stringify(path)});`,
    }));
  },
});

/** The part that is packed. @param first files of the first part. @param shared filled with those that both have */
const createLazyPlugin = (first: ReadonlySet<string>, shared: Set<string>): Plugin => ({
  name: 'later part',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /\/catalog-files\.ts$/ }, () => ({ path: 'unpacked', namespace: 'given' }));
    onResolve({ filter: /^\./ }, ({ path, importer }) => {
      const file = resolveFromImporter(importer, path);
      if (!first.has(file)) return undefined;
      shared.add(file);
      return { path: file, namespace: 'given' };
    });
    onLoad({ filter: /./, namespace: 'given' }, ({ path }) => ({
      contents: `module.exports = ${path === 'unpacked' ? path : `moduleShared(${JSON.stringify(path)})`};`,
    }));
  },
});

/** What is used of a package that has far more: of what is loaded late, esbuild itself leaves nothing out. */
const USED_EXPORTS: Readonly<Record<string, readonly string[]>> = {
  '@aws-sdk/client-ec2': ['EC2Client', 'paginateDescribeSubnets', 'paginateDescribeVpcEndpoints'],
};

const usedExportsPlugin: Plugin = {
  name: 'used alone',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^@/ }, ({ path }) => (path in USED_EXPORTS ? { path, namespace: 'used' } : undefined));
    onLoad({ filter: /./, namespace: 'used' }, async ({ path }) => {
      const contents = `export { ${USED_EXPORTS[path]} } from '${path}';`;
      const { outputFiles } = await build({
        ...COMMON_BUILD_OPTIONS,
        format: 'esm',
        stdin: { resolveDir: ROOT, contents },
      });
      return { contents: outputFiles[0]!.text };
    });
  },
};

/** One file that runs by itself. CommonJS: importing `node:http` as an ES module loads all that it could ever export. */
async function buildProgram(name: string): Promise<void> {
  const later = new Set<string>();
  const first = (shared: readonly string[]) =>
    build({
      ...COMMON_BUILD_OPTIONS,
      entryPoints: [`bin/${name}.ts`],
      format: 'cjs',
      metafile: true,
      plugins: [createEagerPlugin(later, shared)],
    });
  const { metafile } = await first([]);

  const shared = new Set<string>();
  const names = [...later].map((one) => {
    const path = LAZY_PACKAGES.includes(one) ? one : `./${one}`;
    return `exports[${JSON.stringify(one)}] = () => require(${JSON.stringify(path)});`;
  });
  const packed = await build({
    ...COMMON_BUILD_OPTIONS,
    format: 'cjs',
    stdin: { resolveDir: ROOT, sourcefile: 'packed.js', contents: names.join('\n') },
    plugins: [usedExportsPlugin, createLazyPlugin(new Set(Object.keys(metafile.inputs)), shared)],
  });
  const catalogs = Object.fromEntries(listCatalogReleases().map((release) => [release, readCatalogText(release)]));
  const text = JSON.stringify({ catalogs, code: packed.outputFiles[0]!.text });
  // The command trees resemble each other from afar.
  const params = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
  const end = `${PACKED_MARKER}${brotliCompressSync(text, { params }).toString('base64')}*/\n`;

  const { outputFiles } = await first([...shared].sort());
  writeFileSync(`${DIST}/bin/${name}.cjs`, outputFiles[0]!.text + end, { mode: 0o755 });
}

/** The library is one file as well, beside the compiler's declarations. */
async function buildLibrary(folder: string): Promise<void> {
  for (const file of readdirSync(folder)) if (file.endsWith('.js')) rmSync(`${folder}/${file}`);
  const { outputFiles } = await build({
    ...COMMON_BUILD_OPTIONS,
    entryPoints: ['client/library/index.ts'],
    format: 'esm',
    minify: false,
  });
  writeFileSync(`${folder}/index.js`, outputFiles[0]!.text);
}

rmSync(DIST, { recursive: true, force: true });
const compiler = fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript/package.json')));
execFileSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
cpSync(`${ROOT}airflow/catalogs`, `${DIST}/airflow/catalogs`, { recursive: true });
for (const folder of ['bin', 'functions']) mkdirSync(`${DIST}/${folder}`);
for (const names of [RELAY_FUNCTION, FRONT_FUNCTION, AUTHORIZER_FUNCTION]) {
  writeFileSync(`${DIST}/functions/${names.bundleFile}`, buildFunction(names.bundleFile, resolveEntryPoint(names)));
}
await buildLibrary(`${DIST}/client/library`);
for (const name of ['airflow', 'mwaa']) await buildProgram(name);
