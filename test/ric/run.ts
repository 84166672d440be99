/**
 * Runs the deployed front on the runtime interface client that Lambda itself uses, streamed and buffered, with answers of every size
 * around the places where they could be cut. Each answer must arrive byte for byte.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFrontEvent } from '../../bench/requests.ts';
import { installRic } from '../../bench/ric/install-ric.ts';
import { startFunction } from '../../bench/ric/runtime-api.ts';
import { FRONT_FUNCTION } from '../../contract/function-names.ts';
import { DEFAULT_CONFIG_FILE, loadConfig } from '../../files/load-config.ts';
import { synthesize } from '../../lib/synthesize.ts';
import { createTexts } from './answers.ts';

const METADATA_DELIMITER = Buffer.alloc(8);

const EVENT = {
  ...createFrontEvent(),
  multiValueHeaders: { 'content-type': ['text/plain'] },
  body: Buffer.from('dags list').toString('base64'),
  isBase64Encoded: true,
};

/** A function that cuts its answer as the front must not. The check must find it. */
const CUTTING_FUNCTION = `
export const handler = awslambda.streamifyResponse(async (event, stream) => {
  const { text } = event;
  stream = awslambda.HttpResponseStream.from(stream, { statusCode: 200, headers: {} });
  for (let at = 0; at < text.length; at += 16384) stream.write(text.slice(at, at + 16384));
  stream.end();
});
`;

const readStreamed = (response: Buffer): Buffer =>
  response.subarray(response.indexOf(METADATA_DELIMITER) + METADATA_DELIMITER.length);
const readBuffered = (response: Buffer): Buffer => Buffer.from(JSON.parse(response.toString('utf8')).body, 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'ric-'));
let answer = Buffer.from('{}');
// The relay, as the front sees it through the Lambda API.
const lambdaApi = createServer((incoming, response) => {
  incoming.resume().on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(Buffer.concat([Buffer.from('{"status":200,"result":"succeeded","body":'), answer, Buffer.from('}')]));
  });
});
await new Promise<void>((resolve) => lambdaApi.listen(0, '127.0.0.1', resolve));
const createVariables = () => ({
  API_ID: 'api',
  API_STAGE: 'v1',
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(lambdaApi.address() as AddressInfo).port}`,
});

const ric = await installRic();
const { directory } = synthesize({ config: loadConfig(DEFAULT_CONFIG_FILE), outdir: join(folder, 'assembly') });
const front = readdirSync(directory).find(
  (name) => name.startsWith('asset.') && readdirSync(join(directory, name)).includes(FRONT_FUNCTION.bundleFile),
);
if (front === undefined) throw new Error('The assembly has no front.');
writeFileSync(join(folder, 'cutting.mjs'), CUTTING_FUNCTION);

let failures = 0;
const check = (name: string, isCorrect: boolean, detail: string) => {
  if (!isCorrect) failures += 1;
  console.log(`${isCorrect ? 'ok    ' : 'FAILED'}  ${name}: ${detail}`);
};

for (const [handler, read] of [
  ['front.handler', readStreamed],
  ['front.buffered', readBuffered],
] as const) {
  const running = await startFunction({ ric, taskRoot: join(directory, front), handler, createVariables });
  let count = 0;
  let changed = 0;
  for (const text of createTexts()) {
    answer = Buffer.from(JSON.stringify({ output: text }));
    count += 1;
    if (!read(await running.invoke(EVENT)).equals(answer)) changed += 1;
  }
  check(handler, changed === 0, `${changed} of ${count} answers changed`);
  await running.close();
}

const cutting = await startFunction({ ric, taskRoot: folder, handler: 'cutting.handler', createVariables });
const text = `x${'🚀'.repeat(10_000)}`;
const cut = readStreamed(await cutting.invoke({ text }));
check('a function that cuts characters is found', !cut.equals(Buffer.from(text)), `${cut.length} bytes`);
await cutting.close();

lambdaApi.close();
lambdaApi.closeAllConnections();
rmSync(folder, { recursive: true });
process.exitCode = failures === 0 ? 0 : 1;
