import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Catalog } from '../../airflow/catalog.ts';
import { parseInvocation } from '../../airflow/parse-invocation.ts';
import { renderCommandLine } from '../../airflow/render-command-line.ts';
import { type InstalledAirflow, installAirflow } from '../../local/airflow/install-airflow.ts';
import { type CommandCore, isDeliberateRefusal, runDifferentialFuzz } from '../fuzz/differential-fuzz.ts';
import { listFuzzReleases } from '../fuzz/fuzz-releases.ts';
import { type RealParser, startRealParser } from '../fuzz/real-parser.ts';
import { RUNS_ALL, selectReleases } from './select-releases.ts';

const SEED = 20261122;

const COUNT = RUNS_ALL ? 15_000 : 6_000;

/** Planted defects that the fuzz must find. */
const PLANTED: [what: string, kind: RegExp, core: Partial<CommandCore>, catalog?: (real: Catalog) => Catalog][] = [
  [
    'missing quotes',
    /sh-reads|exception|reads-back/,
    { render: (invocation) => renderCommandLine(invocation).replaceAll("'", '') },
  ],
  [
    'a missing `--` before the positional arguments',
    /reads-back|rejected/,
    { render: (invocation) => renderCommandLine(invocation).replace(' -- ', ' ') },
  ],
  [
    'a missing option',
    /reads-back|rejected/,
    { render: (invocation) => renderCommandLine(invocation).replace(/ --(verbose|yes)\b/, '') },
  ],
  [
    'words changed to lower case',
    /rejected/,
    {
      parse: (catalog, argv) =>
        parseInvocation(
          catalog,
          argv.map((word) => word.toLowerCase()),
        ),
    },
  ],
  [
    'an option with a value that is parsed as a switch',
    /different|rejected|reads-back/,
    {},
    (real) =>
      changeArgument(real, '--output', ({ choices: _, ...argument }) => ({ ...argument, action: 'store-true' })),
  ],
  [
    'an option that is stored under the name of another one',
    /different/,
    {},
    (real) => changeArgument(real, '--state', (argument) => ({ ...argument, dest: 'start_date' })),
  ],
];

function changeArgument(
  real: Catalog,
  flag: string,
  change: (
    argument: Catalog['commands'][number]['arguments'][number],
  ) => Catalog['commands'][number]['arguments'][number],
): Catalog {
  const commands = real.commands.map((command) => ({
    ...command,
    arguments: command.arguments.map((argument) => (argument.flags?.includes(flag) ? change(argument) : argument)),
  }));
  return { ...real, commands };
}

for (const { release, catalog } of listFuzzReleases(
  selectReleases(['2.10.3', '3.0.6', '3.3.1'], (name) => name !== '3.0.6'),
)) {
  const installed = await installAirflow(release, { onProgress: console.log });
  if ('unavailable' in installed) console.log(`SKIPPED: fuzz on Airflow ${release}: ${installed.unavailable}`);

  describe.skipIf('unavailable' in installed)(`Airflow ${release}: ${COUNT} argvs, seed ${SEED}`, () => {
    let parser: RealParser;

    beforeAll(async () => {
      parser = await startRealParser(installed as InstalledAirflow);
    });

    afterAll(() => parser?.close());

    test('our parser and the real parser read each accepted argv in the same way, also after rendering', async () => {
      const { bugs, bugCount, plain, hostile } = await runDifferentialFuzz(catalog, parser, {
        count: COUNT,
        seed: SEED,
      });

      expect({ bugs, bugCount }).toEqual({ bugs: [], bugCount: 0 });
      expect(plain.same / plain.argvs).toBeGreaterThan(0.9);
      expect(hostile.same).toBeGreaterThan(COUNT / 30);
      expect(hostile.bothReject).toBeGreaterThan(COUNT / 30);
      const rejected = Object.entries(plain.rejected)
        .filter(([refusal]) => !isDeliberateRefusal(refusal))
        .reduce((sum, [, { count }]) => sum + count, 0);
      expect(plain.same / (plain.same + rejected)).toBeGreaterThan(0.995);
    });

    test.skipIf(release !== '2.10.3').each(PLANTED)(
      'the fuzz finds a planted defect: %s',
      async (_what, kind, core, change) => {
        const { bugCount, bugs } = await runDifferentialFuzz(change?.(catalog) ?? catalog, parser, {
          count: 2000,
          seed: SEED,
          core: { parse: parseInvocation, render: renderCommandLine, ...core },
        });

        expect(bugCount).toBeGreaterThan(0);
        expect(bugs.map((bug) => bug.kind).join(' ')).toMatch(kind);
      },
    );

    test('the same seed generates the same argvs', async () => {
      const runOnce = () => runDifferentialFuzz(catalog, parser, { count: 500, seed: 7 });
      expect(await runOnce()).toEqual(await runOnce());
    });
  });
}
