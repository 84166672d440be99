/** Clients of Airflow's REST API, as they are on PyPI, through the proxy and against an equal web server without it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { parse } from 'yaml';
import { installAirflow } from '../../local/airflow/install-airflow.ts';
import { installPythonPackages } from '../../local/airflow/install-python-packages.ts';
import { findCodeBlock, REST_CLIENTS, type RestClient, runExample, startWebServerOf } from './rest-clients.ts';
import { acceptSessionAsToken, type SessionServer } from './rest-clients-session.ts';
import { grantEverything, type RestAddress, type RestDoor, startRestDoor } from './rest-door.ts';
import { RUNS_ALL } from './select-releases.ts';

const DAG = 'reporting_daily';

/** Starts runs of its own DAGs and waits for them. */
const NARROW = [
  'version',
  'dags trigger reporting_* --conf=*',
  'api GET /dags/reporting_*',
  'api GET /dags/reporting_*/dagRuns/*',
];

/** The rules of docs/rest.md for each client, by the name of their block. They are granted to a caller of this name. */
const DOCUMENTED = Object.fromEntries(
  REST_CLIENTS.map(({ rules }) => [rules, parse(findCodeBlock(rules)) as string[]]),
);

/** Airflow 3.0 answers without members that this client requires: with and without the proxy, it triggers a run and raises. */
const isTooNew = (client: RestClient, release: string) =>
  client.name === 'apache-airflow-client 3.3.2' && release === '3.0.6';

// airflowctl.test.ts has a short run of one of these clients on every change.
const NOT_NOW = { unavailable: 'It runs with EVERY_RELEASE=1.' };

for (const release of ['2.10.3', '3.0.6', '3.3.1']) {
  const installed = RUNS_ALL ? await installAirflow(release, { onProgress: console.log }) : NOT_NOW;
  if (RUNS_ALL && 'unavailable' in installed)
    console.log(`SKIPPED: clients with Airflow ${release}: ${installed.unavailable}`);

  describe.skipIf('unavailable' in installed)(`clients and Airflow ${release}`, () => {
    let door: RestDoor;
    let folder: string;
    let direct: RestAddress;
    let sessions: SessionServer | undefined;

    beforeAll(async () => {
      if ('unavailable' in installed) return;
      folder = await mkdtemp(join(tmpdir(), 'rest-clients-'));
      door = await startRestDoor(release, installed, {
        grants: { all: grantEverything(release), narrow: NARROW, ...DOCUMENTED },
        runsTasks: true,
      });
      await startWebServerOf(door, release);
      direct = await door.connectDirectly();
      if (release.startsWith('2.')) {
        sessions = await acceptSessionAsToken(direct.url);
        direct = { ...direct, url: sessions.url };
      }
    });
    afterAll(async () => {
      await sessions?.close();
      await door?.close();
      if (folder !== undefined) await rm(folder, { recursive: true });
    });

    const clients = REST_CLIENTS.filter(({ releases }) => releases.includes(release));
    const run = async (client: RestClient, bin: string, address: RestAddress, dag: string) =>
      client.run({ bin, home: await mkdtemp(join(folder, 'home-')), address, dag });

    // All clients before the runs of the other test: OpenMetadata lists what the other clients have triggered.
    for (const client of clients) {
      test(`${client.name} gets the same as without the proxy`, async (context) => {
        const bin = await install(client, context);
        const through = await run(client, bin, await door.connect('all'), DAG);
        expect(through).toEqual(await run(client, bin, direct, DAG));
        const failed = through.filter(({ succeeded }) => !succeeded).map(({ step }) => step);
        expect(failed).toEqual(isTooNew(client, release) ? ['list DAGs', 'trigger'] : []);
        if (through.some(({ step }) => step === 'read logs'))
          expect(through.at(-1)).toMatchObject({ text: expect.stringContaining('collected') });
      });
    }

    for (const client of clients.filter((row) => !isTooNew(row, release))) {
      test(`${client.name} works as docs/rest.md shows`, async (context) => {
        const bin = await install(client, context);
        const address = await door.connect(client.rules);
        const steps = await run(client, bin, address, DAG);
        expect(steps.filter(({ succeeded }) => !succeeded).map(({ step }) => step)).toEqual(client.notCovered);
        if (client.example.endsWith('.yaml')) return;
        const example = await runExample(client, { bin, home: folder, address: await door.connect('all'), dag: DAG });
        expect(example, example.stderr).toMatchObject({
          exitCode: 0,
          stdout: expect.stringMatching(/queued|success/i),
        });
      });
    }

    for (const client of clients) {
      test(`${client.name} shows that a request is refused, and the reason if it shows answers`, async (context) => {
        const bin = await install(client, context);
        const narrow = await door.connect('narrow');
        const refused: Record<string, string> = {};
        for (const dag of 'trigger' in client.refused ? ['finance_daily', DAG] : [DAG]) {
          for (const { step, succeeded, text } of await run(client, bin, narrow, dag))
            if (!succeeded) refused[step] ??= text.replaceAll('\\', '');
        }
        const expected = Object.entries(client.refused)
          // Its trigger raises, so there is no run that it could read.
          .filter(([step]) => !isTooNew(client, release) || ['list DAGs', 'trigger'].includes(step))
          .map(([step, text]) => [step, expect.stringContaining(text)]);
        expect(refused).toEqual(Object.fromEntries(expected));
      });
    }
  });
}

/** Skips the test if the packages are unavailable. */
async function install({ packages }: RestClient, context: TestContext): Promise<string> {
  const installed = await installPythonPackages(packages);
  if ('unavailable' in installed) context.skip(`SKIPPED: ${packages}: ${installed.unavailable}`);
  return 'bin' in installed ? installed.bin : '';
}
