import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type BuiltScripts, buildScripts } from './build-scripts.ts';
import { REGION } from './deployment-names.ts';
import { buildFunctions, type FunctionAssets } from './function-assets.ts';
import type { MemorySample } from './programs/many-requests.ts';
import { ANSWERS, FUNCTION_VARIABLES } from './requests.ts';
import type { Table } from './section.ts';
import { type RunningUpstream, startUpstream } from './servers/start-upstream.ts';

const NAMES = ['relay', 'front'] as const;

/** Growth of the heap that is not a leak: caches of V8 and of Node.js. */
const FLAT_MB = 1;

/** Measures the memory of both functions after a tenth of the requests, and after all of them. */
export async function measureManyRequests(requests: number): Promise<Table> {
  const assets = buildFunctions();
  const upstream = await startUpstream(REGION, ANSWERS);
  const scripts = await buildScripts('programs/many-requests');
  try {
    const rows = await Promise.all(
      NAMES.map(async (name) => {
        const samples = await run(name, requests, assets, upstream, scripts);
        const [first, last] = [samples[0]!, samples.at(-1)!];
        const grownMb = last.heapMb - first.heapMb;
        return [
          name,
          format(first),
          format(last),
          `${grownMb > 0 ? '+' : ''}${grownMb.toFixed(2)} MB`,
          grownMb <= FLAT_MB ? 'yes' : 'no',
        ];
      }),
    );
    const count = (share: number) => (requests * share).toLocaleString('en');
    return {
      columns: [
        'memory of one process',
        `after ${count(0.1)} requests`,
        `after ${count(1)} requests`,
        'growth of the heap',
        `flat (≤ ${FLAT_MB} MB)`,
      ],
      rows,
    };
  } finally {
    scripts.remove();
    upstream.close();
    assets.remove();
  }
}

const format = ({ rssMb, heapMb }: MemorySample): string => `RSS ${rssMb.toFixed(1)} MB, heap ${heapMb.toFixed(2)} MB`;

async function run(
  name: (typeof NAMES)[number],
  requests: number,
  assets: FunctionAssets,
  upstream: RunningUpstream,
  scripts: BuiltScripts,
): Promise<MemorySample[]> {
  const samples: MemorySample[] = [];
  const child = fork(scripts.getFile('many-requests'), [name, assets[name].codeFile, String(requests)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: ['--expose-gc'],
    env: { PATH: process.env.PATH, ...FUNCTION_VARIABLES, ...upstream.createVariables() },
  });
  child.on('message', (sample: MemorySample) => samples.push(sample));
  const [code] = await once(child, 'exit');
  if (samples.length < 10) throw new Error(`The process of the ${name} exited with ${code}.`);
  return samples;
}
