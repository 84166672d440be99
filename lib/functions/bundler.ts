import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { FunctionNames } from '../../contract/function-names.ts';
import { ROOT } from '../../files/root.ts';
import { buildFunction } from './build-function.ts';

/** In the npm package, this folder contains the built functions. */
const PREBUILT_FOLDER = join(ROOT, 'functions');

/** Returns the module that exports `handler`. */
export const resolveEntryPoint = (names: FunctionNames): string => join(ROOT, 'lambda', names.entry);

/** The data files next to the code: their text by name, which may include a folder. */
export type BundleFiles = Readonly<Record<string, string>>;

/**
 * Returns a function that creates code assets. Each asset contains the code and the data files of one function. The code is built
 * once, when the first asset is needed. Throws the errors of esbuild.
 */
export function createBundler(names: FunctionNames, entry = resolveEntryPoint(names)): (files: BundleFiles) => Code {
  let built: Uint8Array | undefined;
  return (files) =>
    // The CDK requires an existing folder. The bundling below replaces its content.
    Code.fromAsset(existsSync(PREBUILT_FOLDER) ? PREBUILT_FOLDER : dirname(entry), {
      assetHashType: AssetHashType.OUTPUT,
      bundling: {
        // The CDK caches bundles by these options and not by their output. Without a hash of the data files, all environments
        // would get the files of the first one.
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
  const prebuiltFile = join(PREBUILT_FOLDER, names.bundleFile);
  return entry === resolveEntryPoint(names) && existsSync(prebuiltFile)
    ? readFileSync(prebuiltFile)
    : buildFunction(names.bundleFile, entry);
}
