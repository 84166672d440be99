import { buildScripts } from '../build-scripts.ts';
import { REGION } from '../deployment-names.ts';
import { buildFunctions } from '../function-assets.ts';
import { measureInProcess } from '../measure-in-process.ts';
import { readBoto3Version } from '../measure-python-sample.ts';
import { measureUnderRic, SAMPLE_NAME } from '../measure-under-ric.ts';
import type { Part } from '../part.ts';
import { ANSWERS } from '../requests.ts';
import { RIC_VERSION } from '../ric/install-ric.ts';
import { createMeasurementTable } from '../section.ts';
import { startUpstream } from '../servers/start-upstream.ts';

const createNotes = (hasSample: boolean): string[] => [
  `The deployed assets are unmodified. The web server and the Lambda API are a process on the same machine that answers at once, over TLS. The
bare handler sends one POST with as many bytes on a kept-alive connection, and does nothing else. The runtime interface client is version
${RIC_VERSION} of aws-lambda-ric.`,
  hasSample
    ? `The sample is what AWS documents for the CLI in Python: a token and a new connection for each call, here without the network and the work
of the real services. It uses ${readBoto3Version()}.`
    : 'The sample in Python that AWS documents was not measured: its packages are not installed.',
];

/** Warm requests: the built relay and the built front, against the one POST that each of them sends. */
export const warm: Part = {
  title: 'Warm requests',
  rounds: 60,
  async run(rounds) {
    const assets = buildFunctions();
    const rivals = await buildScripts('handlers/bare');
    const upstream = await startUpstream(REGION, ANSWERS);
    try {
      const setup = { assets, rivals, upstream };
      const measurements = [...(await measureInProcess(setup, rounds)), ...(await measureUnderRic(setup, rounds))];
      const hasSample = measurements.some(({ rival }) => rival?.name === SAMPLE_NAME);
      return { notes: createNotes(hasSample), tables: [createMeasurementTable(measurements)] };
    } finally {
      upstream.close();
      rivals.remove();
      assets.remove();
    }
  },
};
