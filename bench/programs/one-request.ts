/** Sends one request to a built relay in this process alone: `node one-request.cjs CODE_FILE EVENT`. Writes status and peak memory to IPC. */

import { readPeakMemoryMb } from '../../local/gateway/functions/peak-memory.ts';
import { createRelayEvent } from '../requests.ts';

const [file = ''] = process.argv.slice(2);
const { handler } = require(file) as { handler: (event: object, context: object) => Promise<{ status: number }> };
void handler(createRelayEvent(), { awsRequestId: 'l', getRemainingTimeInMillis: () => 280_000 }).then(({ status }) => {
  process.send?.({ status, peakMb: readPeakMemoryMb() }, () => process.exit());
});
