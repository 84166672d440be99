import type { Plugin } from 'esbuild';

/**
 * The packages of the AWS SDK, which few calls need, and the exports that the programs use of each. A program cannot be built if it uses
 * others.
 */
const PACKAGE_EXPORTS: Readonly<Record<string, readonly string[]>> = {
  '@aws-sdk/client-ec2': ['EC2Client', 'paginateDescribeSubnets', 'paginateDescribeVpcEndpoints'],
  '@aws-sdk/client-lambda': ['GetAccountSettingsCommand', 'LambdaClient'],
  '@aws-sdk/client-mwaa': [
    'CreateCliTokenCommand',
    'GetEnvironmentCommand',
    'ListEnvironmentsCommand',
    'MWAAClient',
    'paginateListEnvironments',
  ],
  '@aws-sdk/credential-provider-node': ['defaultProvider'],
  '@smithy/shared-ini-file-loader': ['loadSharedConfigFiles'],
};

const PACKAGE_STUB = 'package stub';

/**
 * Replaces these packages with stubs that load them from the packed packages, when their exports are used first.
 *
 * @param packages receives the replaced packages
 */
export const createPackagesPlugin = (packages: Set<string>): Plugin => ({
  name: 'packages',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^@/ }, ({ path }) => {
      if (!Object.hasOwn(PACKAGE_EXPORTS, path)) return undefined;
      packages.add(path);
      return { path, namespace: PACKAGE_STUB };
    });
    onLoad({ filter: /./, namespace: PACKAGE_STUB }, ({ path }) => ({
      contents: `export const { ${PACKAGE_EXPORTS[path]!.join(', ')} } = packed.loadPackage(${JSON.stringify(path)});`,
    }));
  },
});

/**
 * The entry point of the packed packages. It imports them by the names of their exports, because esbuild keeps all exports of a module
 * that is loaded with `require`.
 */
export function formatPackagesEntryPoint(packages: ReadonlySet<string>): string {
  const names = [...packages].sort();
  const imports = names.map((name) => `import { ${PACKAGE_EXPORTS[name]!.join(', ')} } from ${JSON.stringify(name)};`);
  const members = names.map(
    (name) => `exports[${JSON.stringify(name)}] = () => ({ ${PACKAGE_EXPORTS[name]!.join(', ')} });`,
  );
  return [...imports, ...members].join('\n');
}
