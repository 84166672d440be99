import { build } from 'esbuild';
import { COMMON_BUILD_OPTIONS } from './build-options.ts';
import { NODE_GUARD } from './node-guard.ts';

/** The step of pipelines as one file that needs nothing but Node.js. It has no catalogs. It can be read, because it is committed. */
export async function buildStep(): Promise<string> {
  const { outputFiles } = await build({
    ...COMMON_BUILD_OPTIONS,
    entryPoints: ['bin/airflow-step.ts'],
    format: 'cjs',
    minify: false,
    banner: { js: `// Generated from bin/airflow-step.ts: npm run action\n${NODE_GUARD}` },
  });
  return outputFiles[0]!.text;
}
