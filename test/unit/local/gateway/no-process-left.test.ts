/** The processes of functions end with the gateway, however it ends. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { createFixtureTemplate, writeAssembly } from './assembly-fixture.ts';

const assembly = writeAssembly(createFixtureTemplate());
afterAll(() => assembly.remove());

const resolveModule = (path: string) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
const script = join(assembly.directory, 'gateway.mts');
writeFileSync(
  script,
  `
import { startGateway } from ${resolveModule('../../../../local/gateway/start.ts')};
import { createPrincipalStore } from ${resolveModule('../../../../local/iam/principal-store.ts')};
import { sendSigned, signRequest } from ${resolveModule('./signed-request.ts')};

const principals = createPrincipalStore();
const allow = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const caller = principals.issueCredentials('arn:aws:iam::111122223333:user/u', [allow]);
const gateway = await startGateway({ assemblyDir: ${JSON.stringify(assembly.directory)}, network: {}, principals });
const url = gateway.url + '/buffered';
const call = async (instruction) => {
  const body = JSON.stringify(instruction);
  return sendSigned(url, await signRequest(caller, url, { body }), body);
};
console.log(JSON.parse((await call({ do: 'echo' })).text).pid);
call({ do: 'wait', ms: 60_000 }).catch(() => {});
process.on('message', async () => { await gateway.close(); process.exit(0); });
`,
);

async function startGatewayProcess(): Promise<{ gateway: ChildProcess; pid: number }> {
  const gateway = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const [line] = (await once(gateway.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return { gateway, pid: Number(line.toString()) };
}

/** A zombie, whose exit status its parent has not read yet, does not count as running. */
function isProcessRunning(pid: number): boolean {
  const { stdout, error } = spawnSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' });
  if (error !== undefined) throw error;
  return /^[^Z]/.test(stdout.trim());
}

it.each([
  ['is closed', (gateway: ChildProcess) => gateway.send('close')],
  ['is killed', (gateway: ChildProcess) => gateway.kill('SIGKILL')],
])('no function process is left when the gateway %s', async (_how, end) => {
  const { gateway, pid } = await startGatewayProcess();
  expect(isProcessRunning(pid)).toBe(true);

  end(gateway);
  await once(gateway, 'exit');

  await expect.poll(() => isProcessRunning(pid), { timeout: 10_000 }).toBe(false);
});
