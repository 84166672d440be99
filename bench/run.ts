/**
 * Runs benchmarks, and writes what they find to `RESULTS.md`: `npm run bench -- [PART …] [--rounds N]`. Without a part, runs all of them. A
 * part that fails keeps its section, and the others run.
 */
import { describeMachine } from './describe-machine.ts';
import { PARTS } from './parts.ts';
import { type BenchArguments, readArguments } from './read-arguments.ts';
import { formatSection, writeSection } from './results-file.ts';

const names = Object.keys(PARTS);

async function runPart(name: string, givenRounds: number | undefined): Promise<void> {
  const part = await PARTS[name]!();
  const rounds = givenRounds ?? part.rounds;
  const startedAt = performance.now();
  const section = await part.run(rounds);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const facts = `\`npm run bench:${name} -- --rounds ${rounds}\`, ${seconds} s, ${describeMachine()}`;
  const text = formatSection({ part: name, title: part.title, facts }, section);
  console.log(text);
  writeSection(names, name, text);
}

function readOrExit(): BenchArguments {
  try {
    return readArguments(process.argv.slice(2), names);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

const { parts, rounds } = readOrExit();
for (const name of parts) {
  try {
    await runPart(name, rounds);
  } catch (error) {
    console.error(`The part ${name} failed.`, error);
    process.exitCode = 1;
  }
}
