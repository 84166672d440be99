import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type BuiltScripts, buildScripts } from '../build-scripts.ts';
import { type ColdName, type ColdSubject, listColdSubjects } from '../cold-subjects.ts';
import { buildFunctions, type FunctionAssets, LARGE_DEPLOYMENT } from '../function-assets.ts';
import { measureLoad, type ProcessCosts, readCpuMs } from '../measure-process.ts';
import type { Part } from '../part.ts';
import { FUNCTION_VARIABLES } from '../requests.ts';
import { installRic, RIC_VERSION } from '../ric/install-ric.ts';
import { startFunction } from '../ric/runtime-api.ts';
import { createMeasurementTable, formatSpread, type Measurement, type Table } from '../section.ts';
import { measureRounds, summarize } from '../statistics.ts';

const DESCRIPTIONS: Readonly<Record<ColdName, string>> = {
  empty: 'an empty handler',
  authorizer: 'authorizer',
  relay: 'relay',
  front: 'front, 2 catalogs and 2 grants',
  largeFront: 'front, 16 catalogs and 1,000 grants',
  naive: 'a handler with a client of the AWS SDK',
};

const GOALS: Partial<Record<ColdName, number>> = { authorizer: 1.2, relay: 1.5, front: 1.5, largeFront: 1.5 };

const PROFILER = fileURLToPath(new URL('../programs/profile-load.cjs', import.meta.url));

/** Cold starts: from the start of the process until the function asks for its first request. */
export const cold: Part = {
  title: 'Cold starts and size',
  rounds: 20,
  async run(rounds) {
    const small = buildFunctions();
    const large = buildFunctions(LARGE_DEPLOYMENT);
    const rivals = await buildScripts('handlers/empty', 'handlers/naive');
    try {
      const subjects = listColdSubjects(small, large, rivals);
      const underRic = await measureUnderRic(subjects, rounds);
      const plain = await measurePlain(subjects, rounds);
      return {
        notes: NOTES,
        tables: [
          createMeasurementTable([
            ...createMeasurements('under the runtime interface client', underRic),
            ...createMeasurements('without it', plain),
          ]),
          await createProfileTable(subjects, underRic, rounds),
          createMeasurementTable(measureSizes(small, large, rivals)),
        ],
      };
    } finally {
      rivals.remove();
      small.remove();
      large.remove();
    }
  },
};

const NOTES = [
  `A function is ready when it asks the Runtime API for its first invocation. CPU time is that of all threads of the process until then; on a
busy machine it says more than the time on the clock. The runtime interface client is version ${RIC_VERSION} of aws-lambda-ric.`,
  `The second table shows where the time goes, measured inside the process: Node.js starts; the runtime interface client loads (the empty
handler, less what Node.js takes alone); the code requires modules of Node.js; V8 compiles the code; the rest of its top level runs, which
reads the data file. For an ES module, its modules of Node.js and its compilation count as the rest.`,
];

type Costs = Readonly<Record<ColdName, readonly ProcessCosts[]>>;

const mapNames = <Result>(
  subjects: Readonly<Record<ColdName, ColdSubject>>,
  map: (subject: ColdSubject) => Result,
): Record<ColdName, Result> =>
  Object.fromEntries(Object.entries(subjects).map(([name, subject]) => [name, map(subject)])) as Record<
    ColdName,
    Result
  >;

async function measureUnderRic(subjects: Record<ColdName, ColdSubject>, rounds: number): Promise<Costs> {
  const ric = await installRic();
  const measure = async ({ taskRoot, handler }: ColdSubject): Promise<ProcessCosts> => {
    const running = await startFunction({ ric, taskRoot, handler, createVariables: () => FUNCTION_VARIABLES });
    const readyAt = await running.ready;
    const costs = { wallMs: readyAt - running.startedAt, cpuMs: readCpuMs(running.pid) };
    await running.close();
    return costs;
  };
  return measureRounds(
    mapNames(subjects, (subject) => () => measure(subject)),
    { rounds },
  );
}

const measurePlain = (subjects: Record<ColdName, ColdSubject>, rounds: number): Promise<Costs> =>
  measureRounds(
    mapNames(
      subjects,
      ({ codeFile }) =>
        () =>
          measureLoad(codeFile),
    ),
    { rounds },
  );

function createMeasurements(where: string, costs: Costs): Measurement[] {
  const names = (Object.keys(costs) as ColdName[]).filter((name) => name !== 'empty');
  return names.flatMap((name) =>
    (['cpuMs', 'wallMs'] as const).map((cost) => ({
      what: `${DESCRIPTIONS[name]}, ${where}, ${cost === 'cpuMs' ? 'CPU time' : 'time'}`,
      unit: 'ms',
      ours: costs[name].map((each) => each[cost]),
      rival: {
        name: DESCRIPTIONS.empty,
        values: costs.empty.map((each) => each[cost]),
        comparison: 'ratio' as const,
      },
      ...(GOALS[name] === undefined ? {} : { goal: GOALS[name] }),
    })),
  );
}

interface LoadProfile {
  readonly node: number;
  readonly builtins: number;
  readonly compile: number;
  readonly run: number;
}

async function createProfileTable(
  subjects: Record<ColdName, ColdSubject>,
  underRic: Costs,
  rounds: number,
): Promise<Table> {
  const profile = async ({ codeFile }: ColdSubject): Promise<LoadProfile> => {
    const { stdout } = await promisify(execFile)(process.execPath, [PROFILER, codeFile], { env: FUNCTION_VARIABLES });
    return JSON.parse(stdout);
  };
  const profiles = await measureRounds(
    mapNames(subjects, (subject) => () => profile(subject)),
    { rounds },
  );
  const nodeMs = summarize(profiles.empty.map(({ node }) => node)).median;
  const ricMs = underRic.empty.map(({ wallMs }) => wallMs - nodeMs);
  const format = (values: readonly number[]) => `${formatSpread(summarize(values))} ms`;
  return {
    columns: [
      'where the time goes',
      'Node.js',
      'runtime interface client',
      'modules of Node.js',
      'compile',
      'rest of the top level',
    ],
    rows: (Object.keys(profiles) as ColdName[]).map((name) => [
      DESCRIPTIONS[name],
      format(profiles[name].map(({ node }) => node)),
      format(ricMs),
      format(profiles[name].map(({ builtins }) => builtins)),
      format(profiles[name].map(({ compile }) => compile)),
      format(profiles[name].map(({ run }) => run)),
    ]),
  };
}

function measureSizes(small: FunctionAssets, large: FunctionAssets, rivals: BuiltScripts): Measurement[] {
  const toKilobytes = (bytes: number) => [bytes / 1024];
  const rows: [string, number, number?][] = [
    ['code of a relay', small.relay.codeBytes, 170],
    ['code of the front', large.front.codeBytes, 250],
    ['code of the authorizer', small.authorizer.codeBytes],
    ['code of a handler with a client of the AWS SDK', statSync(rivals.getFile('naive')).size],
    ['all files of a relay, compressed', small.relay.compressedBytes, 170],
    ['all files of a relay', small.relay.bytes],
    ['all files of the front with 16 catalogs and 1,000 grants, compressed', large.front.compressedBytes, 250],
    ['all files of the front with 16 catalogs and 1,000 grants', large.front.bytes],
    ['all files of the authorizer, compressed', small.authorizer.compressedBytes],
  ];
  return rows.map(([what, bytes, goal]) => ({
    what,
    unit: 'KB',
    ours: toKilobytes(bytes),
    ...(goal === undefined ? {} : { goal }),
  }));
}
