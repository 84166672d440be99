/**
 * Runs benchmarks, and writes what they find to `RESULTS.md`: `npm run bench -- [PART …] [--rounds N]`. Without a part, runs all of them.
 */
import { parseArgs } from 'node:util';
import { describeMachine } from './describe-machine.ts';
import { PARTS } from './parts.ts';
import { formatSection, writeSection } from './results-file.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string' } } });
const names = Object.keys(PARTS);
const unknown = positionals.filter((name) => !names.includes(name));
if (unknown.length > 0) throw new Error(`Unknown parts: ${unknown}. Use ${names.join(', ')}.`);

for (const name of positionals.length > 0 ? positionals : names) {
  const part = await PARTS[name]!();
  const rounds = Number(values.rounds ?? part.rounds);
  const startedAt = performance.now();
  const section = await part.run(rounds);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const facts = `\`npm run bench:${name} -- --rounds ${rounds}\`, ${seconds} s, ${describeMachine()}`;
  const text = formatSection({ part: name, title: part.title, facts }, section);
  console.log(text);
  writeSection(names, name, text);
}
