import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { FunctionNames } from '../../contract/function-names.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Reads the credentials from the variables that Lambda sets. The SDK's own chain is more than half of the relay's bundle. */
const CREDENTIALS_MODULE = join(ROOT, 'lambda/relay/lambda-credentials.ts');

/** In the package the functions are built already. */
const PREBUILT_FOLDER = join(ROOT, 'functions');

/** The module whose exported `handler` Lambda calls. */
export const resolveEntryPoint = (names: FunctionNames): string => join(ROOT, 'lambda', names.entry);

/** Text by file name, for files beside the code. A name may have a folder before it. */
export type BundleFiles = Readonly<Record<string, string>>;

/**
 * Makes the code assets of one kind of function: the code, built once and only when an asset is really wanted, and beside it
 * what each function is told of the configuration. Throws where esbuild does, with esbuild's own words.
 */
export function createBundler(names: FunctionNames, entry = resolveEntryPoint(names)): (files: BundleFiles) => Code {
  let built: Uint8Array | undefined;
  return (files) =>
    // Of what the folder holds nothing is taken.
    Code.fromAsset(existsSync(PREBUILT_FOLDER) ? PREBUILT_FOLDER : dirname(entry), {
      assetHashType: AssetHashType.OUTPUT,
      bundling: {
        // Only what is written here tells two bundles apart in the CDK's own cache, which does not look at the output:
        // without it every environment would be given the first one's file.
        environment: { [names.dataFile]: createHash('sha256').update(JSON.stringify(files)).digest('hex') },
        image: DockerImage.fromRegistry('unused'),
        local: {
          tryBundle(folder) {
            built ??= readOrBuildCode(names, entry);
            writeFileSync(join(folder, names.bundleFile), built);
            for (const [name, text] of Object.entries(files)) {
              mkdirSync(dirname(join(folder, name)), { recursive: true });
              writeFileSync(join(folder, name), text);
            }
            return true;
          },
        },
      },
    });
}

function readOrBuildCode(names: FunctionNames, entry: string): Uint8Array {
  const built = join(PREBUILT_FOLDER, names.bundleFile);
  return entry === resolveEntryPoint(names) && existsSync(built)
    ? readFileSync(built)
    : buildFunction(names.bundleFile, entry);
}

/** One file of code, from the sources. Throws where esbuild does. */
export function buildFunction(outfile: string, entry: string): Uint8Array {
  // Loaded only here: who has the package need not have it.
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    // Fixed, so that the bundle is the same wherever it is built from.
    absWorkingDir: ROOT,
    nodePaths: [join(ROOT, 'node_modules')],
    outfile,
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    legalComments: 'none',
    mainFields: ['module', 'main'],
    alias: { '@aws-sdk/credential-provider-node': CREDENTIALS_MODULE },
    logLevel: 'silent',
  });
  const code = outputFiles[0];
  if (code === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  // esbuild's own stand-in for require() fails at run time only. None of today's dependencies needs it.
  if (code.text.includes('Dynamic require of')) {
    throw new Error(`${entry} bundles a CommonJS package that calls require(): give the bundle a createRequire banner`);
  }
  return code.contents;
}
