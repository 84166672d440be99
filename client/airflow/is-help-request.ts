/** Whether the words ask for help: `--help` or `-h` where argparse would read it as an option, `help`, `help dags`, `dags help`, or nothing. */
export function isHelpRequest(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const options = argv.slice(0, end === -1 ? undefined : end);
  return argv.length === 0 || findHelpWord(argv) !== -1 || options.some((word) => word === '--help' || word === '-h');
}

/** The words of the command that help is requested for, without options. */
export function getHelpTopic(argv: readonly string[]): readonly string[] {
  const helpWord = findHelpWord(argv);
  return argv.filter((word, index) => index !== helpWord && !word.startsWith('-'));
}

/** Words that only subcommands follow, in every release. */
export const GROUPS: readonly string[] = [
  'assets',
  'config',
  'connections',
  'dags',
  'db',
  'jobs',
  'pools',
  'providers',
  'roles',
  'tasks',
  'users',
  'variables',
];

/** The index of the word `help` where a command or a subcommand belongs, or -1. Airflow has no command of that name. */
const findHelpWord = ([first = '', second]: readonly string[]): number =>
  first === 'help' ? 0 : second === 'help' && GROUPS.includes(first) ? 1 : -1;
