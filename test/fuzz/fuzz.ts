/**
 * `npm run fuzz -- [--release R …] [--count N] [--seed S]`: parses and renders generated and hostile argvs, and compares the results
 * with the real parsers of the installed Airflow releases. N is the total number of argvs. Exits with 1 on any difference.
 */
import { parseArgs } from 'node:util';
import type { Catalog } from '../../airflow/catalog.ts';
import { type InstalledAirflow, installAirflow } from '../../local/airflow/install-airflow.ts';
import { type FuzzCounts, type FuzzReport, isDeliberateRefusal, runDifferentialFuzz } from './differential-fuzz.ts';
import { listFuzzReleases } from './fuzz-releases.ts';
import { startRealParser } from './real-parser.ts';

const { values } = parseArgs({
  options: {
    release: { type: 'string', multiple: true },
    count: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
  },
});
const seed = Number(values.seed);
const total = Number(values.count);
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(total) || total < 1) {
  console.error('--count and --seed must be whole numbers, and --count at least 1.');
  process.exit(2);
}

const selectedReleases: { installed: InstalledAirflow; catalog: Catalog }[] = [];
for (const { release, catalog } of listFuzzReleases(values.release)) {
  const installed = await installAirflow(release, { onProgress: (line) => console.error(line) });
  if ('unavailable' in installed) {
    console.error(`Airflow ${release}: ${installed.unavailable}`);
    process.exit(2);
  }
  selectedReleases.push({ installed, catalog });
}
if (selectedReleases.length === 0) {
  console.error('None of these releases has a catalog and can be installed on this machine.');
  process.exit(2);
}
console.log(`seed ${seed}, ${total} argvs over ${selectedReleases.map(({ catalog }) => catalog.airflow).join(', ')}`);

const countPerRelease = Math.ceil(total / selectedReleases.length);
const reports: { release: string; report: FuzzReport }[] = [];
const queue = [...selectedReleases];
/** Two releases at a time, each with a Python process. This process mostly waits. */
await Promise.all(
  Array.from({ length: 2 }, async () => {
    for (let selected = queue.shift(); selected; selected = queue.shift()) {
      const { installed, catalog } = selected;
      const started = performance.now();
      const parser = await startRealParser(installed);
      const report = await runDifferentialFuzz(catalog, parser, { count: countPerRelease, seed });
      await parser.close();
      reports.push({ release: catalog.airflow, report });
      printReport(`Airflow ${catalog.airflow}`, report, (performance.now() - started) / 1000);
    }
  }),
);
const bugs = reports.reduce((sum, { report }) => sum + report.bugCount, 0);
if (reports.length > 1) printReport('All', mergeReports(reports.map(({ report }) => report)));
console.log(bugs === 0 ? 'no BUG' : `${bugs} BUG`);
process.exitCode = bugs === 0 ? 0 : 1;

function printReport(title: string, report: FuzzReport, seconds?: number): void {
  const time = seconds === undefined ? '' : ` in ${seconds.toFixed(0)} s`;
  console.log(`\n${title}: ${report.plain.argvs + report.hostile.argvs} argvs${time}, BUG ${report.bugCount}`);
  for (const [name, counts] of Object.entries({ plain: report.plain, hostile: report.hostile })) {
    const rejected = Object.values(counts.rejected).reduce((sum, { count }) => sum + count, 0);
    const abbreviated = counts.rejected['abbreviated-option']?.count ?? 0;
    console.log(
      `  ${name}: ${counts.argvs} argvs; same ${counts.same}, value left to Airflow ${counts.leftToAirflow}, both reject ` +
        `${counts.bothReject}, rejected although Airflow accepts ${rejected}\n` +
        `    accepted, of what Airflow accepts: ${formatRate(counts.same, counts.same + rejected)}, without abbreviations ` +
        `${formatRate(counts.same, counts.same + rejected - abbreviated)}`,
    );
    for (const [refusal, { count, example }] of Object.entries(counts.rejected).sort(
      ([, a], [, b]) => b.count - a.count,
    )) {
      console.log(`    ${String(count).padStart(7)} ${refusal}   ${JSON.stringify(example)}`);
    }
  }
  const { plain, hostile } = report;
  const accepted = plain.same + hostile.same;
  const rejected = [...Object.entries(plain.rejected), ...Object.entries(hostile.rejected)];
  const sumCounts = (entries: typeof rejected) => entries.reduce((sum, [, { count }]) => sum + count, 0);
  const unintended = rejected.filter(([name]) => !isDeliberateRefusal(name));
  console.log(
    `  together: accepted, of what Airflow accepts: ${formatRate(accepted, accepted + sumCounts(rejected))}; without what is rejected ` +
      `deliberately (abbreviations, control characters, "--" as a value, empty values) ${formatRate(accepted, accepted + sumCounts(unintended))}`,
  );
  for (const bug of title === 'All' ? [] : report.bugs) console.log(`  BUG ${JSON.stringify(bug)}`);
}

function formatRate(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((100 * part) / whole).toFixed(3)} %`;
}

function mergeReports(reports: readonly FuzzReport[]): FuzzReport {
  const addCounts = (counts: readonly FuzzCounts[]): FuzzCounts =>
    counts.reduce((left, right) => {
      const rejected = { ...left.rejected };
      for (const [name, { count, example }] of Object.entries(right.rejected)) {
        rejected[name] = { count: (rejected[name]?.count ?? 0) + count, example: rejected[name]?.example ?? example };
      }
      return {
        argvs: left.argvs + right.argvs,
        same: left.same + right.same,
        leftToAirflow: left.leftToAirflow + right.leftToAirflow,
        bothReject: left.bothReject + right.bothReject,
        rejected,
      };
    });
  return {
    plain: addCounts(reports.map(({ plain }) => plain)),
    hostile: addCounts(reports.map(({ hostile }) => hostile)),
    bugs: [],
    bugCount: reports.reduce((count, { bugCount }) => count + bugCount, 0),
  };
}
