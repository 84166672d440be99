/** Options whose value is JSON text. */
const JSON_OPTION = /^(?:-c|--conf|--dag-run-conf)$/;
const JSON_OPTION_WITH_VALUE = /^(?:-c|--conf=|--dag-run-conf=)(.*)$/s;

/**
 * What is wrong with words that other programs accept and that Airflow rejects, and what to write instead; or undefined. The client knows
 * this without a request.
 */
export function findUsageError(argv: readonly string[]): string | undefined {
  if (argv[0] === '--version') return 'Airflow has no option --version. Write: airflow version';
  const end = argv.indexOf('--');
  const words = argv.slice(0, end === -1 ? undefined : end);
  const [first, second] = words;
  if (!(first === 'dags' || first === 'backfill' || first === 'trigger_dag') || second === undefined) return undefined;
  const values = words.flatMap((word, index) =>
    JSON_OPTION.test(word) ? (words[index + 1] ?? []) : (JSON_OPTION_WITH_VALUE.exec(word)?.[1] ?? []),
  );
  const source = values.find((value) => /^(?:@.*|-|\/dev\/stdin)$/s.test(value));
  if (source === undefined) return undefined;
  const file = source.replace(/^@/, '');
  const content = file === '-' || file === '/dev/stdin' || file === '' ? '$(cat)' : `$(cat ${quoteFile(file)})`;
  return `Airflow does not read --conf from a file, and ${source} is not JSON. Write: --conf "${content}"`;
}

const quoteFile = (file: string): string => (/^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`);
