import { buildHandlers } from '../build-handlers.ts';
import { buildFunctions, REGION } from '../function-assets.ts';
import { measureInProcess } from '../measure-in-process.ts';
import type { Part } from '../parts.ts';
import { ANSWERS } from '../requests.ts';
import { createMeasurementTable } from '../section.ts';
import { startUpstream } from '../servers/start-upstream.ts';

/** Warm requests: the built relay and the built front, against the one POST that each of them sends. */
export const warm: Part = {
  title: 'Warm requests',
  rounds: 60,
  async run(rounds) {
    const assets = buildFunctions();
    const rivals = await buildHandlers('bare');
    const upstream = await startUpstream(REGION, ANSWERS);
    try {
      return {
        notes: [],
        tables: [createMeasurementTable(await measureInProcess({ assets, rivals, upstream }, rounds))],
      };
    } finally {
      upstream.close();
      rivals.remove();
      assets.remove();
    }
  },
};
