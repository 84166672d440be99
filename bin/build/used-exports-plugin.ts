import { build, type Plugin } from 'esbuild';
import { COMMON_BUILD_OPTIONS, ROOT } from './build-options.ts';

/** The exports that the programs use of large packages. */
const USED_EXPORTS: Readonly<Record<string, readonly string[]>> = {
  '@aws-sdk/client-ec2': ['EC2Client', 'paginateDescribeSubnets', 'paginateDescribeVpcEndpoints'],
};

/** Removes unused exports of these packages, because esbuild cannot do so for modules that are imported dynamically. */
export const usedExportsPlugin: Plugin = {
  name: 'used exports',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^@/ }, ({ path }) => (path in USED_EXPORTS ? { path, namespace: 'used exports' } : undefined));
    onLoad({ filter: /./, namespace: 'used exports' }, async ({ path }) => {
      const { outputFiles } = await build({
        ...COMMON_BUILD_OPTIONS,
        format: 'esm',
        stdin: { resolveDir: ROOT, contents: `export { ${USED_EXPORTS[path]} } from '${path}';` },
      });
      return { contents: outputFiles[0]!.text };
    });
  },
};
