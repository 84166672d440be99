import byRelease from './listed-commands.json' with { type: 'json' };

/**
 * The commands AWS lists as supported on MWAA, `group command`, for a release that MWAA has offered (AWS documentation,
 * "Apache Airflow CLI command reference", 2026 copy; 1.10.12 from that page's history). `roles create` is taken from 2.6
 * on, as the page says; an older copy had it from 2.0 on. AWS's list is not an oracle: environments refuse some of it.
 * Throws for a release that is not in the table.
 */
export function getListedCommands(release: string): ReadonlySet<string> {
  const commands = (byRelease as Readonly<Record<string, readonly string[]>>)[release];
  if (!commands)
    throw new Error(`Airflow ${release} is not one of MWAA's releases: ${Object.keys(byRelease).join(', ')}.`);
  return new Set(commands);
}

/**
 * Which command a received text is, as far as the list goes: its first two words, or its first where the list has
 * commands of one word. Quotes and backslashes are taken off, nothing else is interpreted: the runner splits for real.
 */
export function parseCommandName(text: string, listed: ReadonlySet<string>): string {
  const [first = '', second = ''] = text
    .trim()
    .replaceAll(/["'\\]/g, '')
    .split(/\s+/, 2);
  return listed.has(first) ? first : `${first} ${second}`.trim();
}
