import { optionNamed } from './catalogue.ts';
import { argumentValue, type Invocation } from './invocation.ts';
import { findOutput } from './output.ts';
import { phrasesOf, printsAnything } from './phrases.ts';
import { type Streams, withoutAnsi } from './streams.ts';

/**
 * What the answer shows. `succeeded`: Airflow's process exited 0. `failed`: it did not. `unverified`: nothing that this
 * command prints can tell. `unclear`: it should have printed something that is not there.
 */
export interface Verdict {
  readonly outcome: 'succeeded' | 'failed' | 'unverified' | 'unclear';
  /** In words, what the outcome was read from. */
  readonly evidence: string;
  /** Codes where the exit status misleads: `nothing-matched`. */
  readonly notes: readonly string[];
  /** The JSON value found in standard output, or null. */
  readonly output: unknown;
}

/**
 * Reads the verdict from the streams and MWAA's HTTP status. MWAA documents no exit code and no error contract, so the
 * evidence is what the real process prints at its end; values of fields are never evidence.
 */
export function judge(invocation: Invocation, status: number, streams: Streams): Verdict {
  const stdout = withoutAnsi(streams.stdout);
  const stderr = withoutAnsi(streams.stderr).trimEnd();
  const phrases = phrasesOf(invocation.command.path);
  const asksJson = argumentValue(invocation, '--output') === 'json';
  const output = asksJson ? findOutput(stdout, phrases.keys) : undefined;
  const nothing = phrases.nothing?.test(stdout) === true;

  const verdict = (outcome: Verdict['outcome'], evidence: string): Verdict => ({
    outcome,
    evidence,
    notes: outcome === 'succeeded' && nothing ? ['nothing-matched'] : [],
    output: output ?? null,
  });

  const { returncode } = streams;
  if (returncode !== undefined) return verdict(returncode === 0 ? 'succeeded' : 'failed', `return code ${returncode}`);
  const failure = failureIn(stderr, phrases.refused);
  if (failure) return verdict('failed', failure);
  if (status >= 400 && (output !== undefined || phrases.done?.test(stdout))) {
    return verdict('unclear', `MWAA answered ${status}, and the streams are those of a success`);
  }
  if (status >= 400) return verdict('failed', `MWAA answered ${status} with the streams`);
  if (nothing) return verdict('succeeded', 'Airflow says that nothing matched');
  if (output !== undefined) return verdict('succeeded', 'the JSON this command prints when it succeeds');
  if (phrases.done?.test(stdout)) return verdict('succeeded', 'the line this command prints when it succeeds');
  const silent = !printsAnything(stdout);
  const speaks = phrases.prints === true || optionNamed(invocation.command, '--output') !== undefined;
  if (asksJson || phrases.done || (speaks && silent))
    return verdict('unclear', 'what this command prints when it succeeds is not there');
  return verdict('unverified', 'nothing this command prints tells whether it succeeded');
}

function failureIn(stderr: string, refused: RegExp | undefined): string | undefined {
  const last = stderr.slice(stderr.lastIndexOf('\n') + 1);
  if (/^airflow .*command error: .*, see help above\.$/.test(last)) return "argparse's usage error";
  if (endsInTraceback(stderr)) return "a traceback from Airflow's entry point";
  if (refused?.test(last)) return 'the line this command prints when it refuses';
  return undefined;
}

/**
 * Whether standard error ends in a traceback that starts at Airflow's own entry point. A DAG file may print one of its own
 * while it is read, and all is well: that one starts elsewhere.
 */
function endsInTraceback(stderr: string): boolean {
  const start = stderr.lastIndexOf('Traceback (most recent call last):\n');
  if (start === -1) return false;
  const [entry = '', ...rest] = stderr.slice(start).split('\n').slice(1);
  const exception = rest.find((line) => !line.startsWith(' ')) ?? '';
  return (
    /^ {2}File ".*\/airflow(?:\/__main__\.py)?", line \d+, in <module>$/.test(entry) && /^[\w.]+(?::|$)/.test(exception)
  );
}
