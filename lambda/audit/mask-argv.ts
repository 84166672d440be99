import { isIdentifier } from '../../airflow/identifiers.ts';
import type { Invocation } from '../../airflow/invocation.ts';
import { renderArgv } from '../../airflow/render-command-line.ts';

/** The maximum length of a word in the log. Airflow's own ids have at most 250 characters. */
const MAX_ARGUMENT_LENGTH = 300;
/** The maximum number of values of one argument in the log. */
const MAX_VALUES_SHOWN = 10;

/** The words of an invocation for the log: identifiers and choices are shown, all other values are masked, long words are truncated. */
export function maskArgv(invocation: Invocation): string[] {
  const maskedValues = [...invocation.values].map(([argument, values]) => {
    const isShown = isIdentifier(argument) || argument.choices !== undefined;
    const masked = values.map((value) => (isShown && !isUnsafeToLog(value) ? value : '***'));
    return [argument, truncateValues(masked)] as const;
  });
  return renderArgv({ ...invocation, values: new Map(maskedValues) }).map((word) =>
    word.length > MAX_ARGUMENT_LENGTH ? `${word.slice(0, MAX_ARGUMENT_LENGTH)}…` : word,
  );
}

/** Whether an identifier contains a URL, which may include a password, or blanks, which identifiers do not have. */
const isUnsafeToLog = (value: string): boolean => /:\/\/|\s/.test(value);

const truncateValues = (values: readonly string[]): readonly string[] =>
  values.length > MAX_VALUES_SHOWN
    ? [...values.slice(0, MAX_VALUES_SHOWN), `… and ${values.length - MAX_VALUES_SHOWN} more`]
    : values;
