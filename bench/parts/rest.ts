import { buildScripts } from '../build-scripts.ts';
import { REGION } from '../deployment-names.ts';
import { buildRestFunctions, type RestFunctionAssets } from '../function-assets.ts';
import { measureRestInProcess } from '../measure-in-process.ts';
import { measureLoad } from '../measure-process.ts';
import { measureRestUnderRic } from '../measure-under-ric.ts';
import type { Part } from '../part.ts';
import { REST_ANSWERS } from '../requests.ts';
import { RIC_VERSION } from '../ric/install-ric.ts';
import { createMeasurementTable, type Measurement } from '../section.ts';
import { startUpstream } from '../servers/start-upstream.ts';
import { measureRounds } from '../statistics.ts';

const NOTES = [
  `The deployed assets are unmodified. The web server and the Lambda API are a process on the same machine that answers at once, over TLS. The
bare handler has a session already. It sends one GET with as many bytes on a kept-alive connection, and does nothing else. The runtime
interface client is version ${RIC_VERSION} of aws-lambda-ric.`,
  'The CPU time is that of a process that loads the code, until the end of its top level.',
];

/** Calls of the REST API: the built REST relay and the built front, against the one request that each of them sends. */
export const rest: Part = {
  title: 'Calls of the REST API',
  rounds: 60,
  async run(rounds) {
    const assets = buildRestFunctions();
    const rivals = await buildScripts('handlers/bare', 'handlers/empty');
    const upstream = await startUpstream(REGION, REST_ANSWERS);
    try {
      const setup = { assets, rivals, upstream };
      const warm = [...(await measureRestInProcess(setup, rounds)), ...(await measureRestUnderRic(setup, rounds))];
      const cold = await measureCold(assets, rivals.getFile('empty'), rounds);
      return { notes: NOTES, tables: [createMeasurementTable(warm), createMeasurementTable(cold)] };
    } finally {
      upstream.close();
      rivals.remove();
      assets.remove();
    }
  },
};

async function measureCold(assets: RestFunctionAssets, emptyFile: string, rounds: number): Promise<Measurement[]> {
  const costs = await measureRounds(
    {
      empty: () => measureLoad(emptyFile),
      relay: () => measureLoad(assets.relay.codeFile),
      rest: () => measureLoad(assets.rest.codeFile),
      front: () => measureLoad(assets.front.codeFile),
    },
    { rounds: Math.min(rounds, 20) },
  );
  const toCpu = (name: keyof typeof costs) => costs[name].map(({ cpuMs }) => cpuMs);
  const createCold = (what: string, name: keyof typeof costs): Measurement => ({
    what: `${what} loads, CPU time`,
    unit: 'ms',
    ours: toCpu(name),
    rival: { name: 'an empty handler', values: toCpu('empty'), comparison: 'ratio' },
    goal: 1.5,
  });
  const createSize = (what: string, bytes: number): Measurement => ({ what, unit: 'KB', ours: [bytes / 1024] });
  return [
    createCold('the relay', 'relay'),
    createCold('the REST relay', 'rest'),
    createCold('the front with operations', 'front'),
    createSize('code of a relay', assets.relay.codeBytes),
    createSize('code of a REST relay', assets.rest.codeBytes),
    createSize('all files of a relay, compressed', assets.relay.compressedBytes),
    createSize('all files of a REST relay, compressed', assets.rest.compressedBytes),
    createSize('all files of the front with operations, compressed', assets.front.compressedBytes),
  ];
}
