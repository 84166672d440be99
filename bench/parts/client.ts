import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installAirflow } from '../../local/airflow/install-airflow.ts';
import { measureCommand, type ProcessCosts } from '../measure-process.ts';
import { measureStartup } from '../measure-startup.ts';
import type { Part } from '../part.ts';
import { createMeasurementTable, formatSpread, type Table } from '../section.ts';
import { measureRounds, summarize } from '../statistics.ts';

const RELEASE = '2.10.3';
/** The real Airflow takes seconds. */
const LOCAL_AIRFLOW_ROUNDS = 3;

/** What the packed program costs the caller. */
export const client: Part = {
  title: 'airflow version',
  rounds: 30,
  async run(rounds) {
    const { airflow, curl, empty } = await measureStartup(rounds);
    const measurements = [
      {
        what: '`airflow version`, time',
        unit: 'ms',
        ours: airflow.map(({ wallMs }) => wallMs),
        rival: { name: '`curl`', values: curl.map(({ wallMs }) => wallMs), comparison: 'difference' as const },
        goal: 40,
      },
      {
        what: '`airflow version`, CPU time',
        unit: 'ms',
        ours: airflow.map(({ cpuMs }) => cpuMs),
        rival: { name: 'an empty `node`', values: empty.map(({ cpuMs }) => cpuMs), comparison: 'ratio' as const },
        goal: 1.6,
      },
    ];
    const local = await measureLocalAirflow(Math.min(rounds, LOCAL_AIRFLOW_ROUNDS));
    return {
      notes: [`The program is the packed one, against a local stack that replays recorded answers. ${describe(local)}`],
      tables: [createMeasurementTable(measurements), createCostTable({ airflow, curl, empty, local })],
    };
  },
};

type LocalCosts = readonly ProcessCosts[] | string;

/** Runs the real command of Airflow, without a proxy, or returns why that is not possible. */
async function measureLocalAirflow(rounds: number): Promise<LocalCosts> {
  const installed = await installAirflow(RELEASE);
  if ('unavailable' in installed) return installed.unavailable;
  const home = mkdtempSync(join(tmpdir(), 'bench-airflow-'));
  const env = { PATH: process.env.PATH, HOME: home, AIRFLOW_HOME: home };
  const file = join(installed.venv, 'bin', 'airflow');
  const { local } = await measureRounds({ local: () => measureCommand(file, ['version'], env) }, { rounds });
  rmSync(home, { recursive: true });
  return local;
}

const describe = (local: LocalCosts): string =>
  typeof local === 'string'
    ? `A local Airflow was not measured: ${local}.`
    : `The local Airflow is the real command of Airflow ${RELEASE} on this machine, which answers without a network.`;

function createCostTable(
  costs: Record<'airflow' | 'curl' | 'empty', readonly ProcessCosts[]> & { local: LocalCosts },
): Table {
  const names = {
    airflow: '`airflow version`, packed',
    curl: '`curl` with the same request',
    empty: 'an empty `node`',
    local: `\`airflow version\` of a local Airflow ${RELEASE}`,
  };
  const format = (values: readonly number[]) => `${formatSpread(summarize(values))} ms`;
  return {
    columns: ['process', 'time', 'CPU time'],
    rows: Object.entries(costs).flatMap(([name, each]) =>
      typeof each === 'string'
        ? []
        : [
            [
              names[name as keyof typeof names],
              format(each.map(({ wallMs }) => wallMs)),
              format(each.map(({ cpuMs }) => cpuMs)),
            ],
          ],
    ),
  };
}
