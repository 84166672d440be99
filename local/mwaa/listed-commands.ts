import byRelease from './listed-commands.json' with { type: 'json' };

/**
 * Returns the commands, as `group command`, that AWS lists as supported on MWAA for a release (AWS documentation, "Apache Airflow CLI
 * command reference", copy of 2026; 1.10.12 from the history of that page). `roles create` is listed from 2.6 on, as on the page; an
 * older copy listed it from 2.0 on. The list is not exact: environments reject some of its commands. Throws for a release that MWAA
 * has never offered.
 */
export function getListedCommands(release: string): ReadonlySet<string> {
  const commands = (byRelease as Readonly<Record<string, readonly string[]>>)[release];
  if (!commands)
    throw new Error(`MWAA does not offer Airflow ${release}. Use one of: ${Object.keys(byRelease).join(', ')}.`);
  return new Set(commands);
}

/**
 * Returns the command of a received text: its first two words, or only the first if the list contains it. Removes quotes and backslashes
 * and interprets nothing else: the runner splits the text properly.
 */
export function parseCommandName(text: string, listed: ReadonlySet<string>): string {
  const [first = '', second = ''] = text
    .trim()
    .replaceAll(/["'\\]/g, '')
    .split(/\s+/, 2);
  return listed.has(first) ? first : `${first} ${second}`.trim();
}
