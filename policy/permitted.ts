import type { Command } from '../airflow/catalogue.ts';
import { isHarmless, isWide } from './options.ts';
import type { Pattern } from './pattern.ts';

/** The command of a pattern with the arguments alone that an invocation may have by it. */
export function permitted({ command, named, others }: Pattern): Command {
  const mayBeGiven = command.arguments.filter(
    (argument) =>
      named.has(argument) || (argument.flags !== undefined && (isHarmless(argument) || (others && !isWide(argument)))),
  );
  return { ...command, arguments: mayBeGiven };
}
