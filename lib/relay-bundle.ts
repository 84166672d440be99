import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import type { EnvironmentFile } from '../lambda/environment-file.ts';
import { RELAY } from '../lambda/names.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The module whose exported `handler` Lambda calls. */
export const RELAY_ENTRY = join(ROOT, 'lambda/relay/relay.ts');

/** Reads the credentials from the variables that Lambda sets. The SDK's own chain is more than half of the bundle. */
const CREDENTIALS = join(ROOT, 'lambda/mwaa/credentials.ts');

/**
 * Makes the code assets of relay functions: the code, built once and only when an asset is really wanted, and beside it
 * the environment's own file. Throws where esbuild does, with esbuild's own words.
 */
export function relayBundler(entry = RELAY_ENTRY): (environment: EnvironmentFile) => Code {
  let built: Uint8Array | undefined;
  return (environment) => {
    const file = `${JSON.stringify(environment)}\n`;
    return Code.fromAsset(dirname(entry), {
      assetHashType: AssetHashType.OUTPUT,
      bundling: {
        // Only what is written here tells two bundles apart in the CDK's own cache, which does not look at the output:
        // without it every environment would be given the first one's file.
        environment: { [RELAY.data]: createHash('sha256').update(file).digest('hex') },
        image: DockerImage.fromRegistry('unused'),
        local: {
          tryBundle(folder) {
            built ??= build(entry);
            writeFileSync(join(folder, RELAY.bundle), built);
            writeFileSync(join(folder, RELAY.data), file);
            return true;
          },
        },
      },
    });
  };
}

function build(entry: string): Uint8Array {
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    // Fixed, so that the bundle is the same wherever it is built from.
    absWorkingDir: ROOT,
    nodePaths: [join(ROOT, 'node_modules')],
    outfile: RELAY.bundle,
    write: false,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    legalComments: 'none',
    mainFields: ['module', 'main'],
    alias: { '@aws-sdk/credential-provider-node': CREDENTIALS },
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
