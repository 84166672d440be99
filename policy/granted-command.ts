import type { Command } from '../airflow/catalog.ts';
import { isHarmlessOption, isWideOption } from './option-effects.ts';
import type { Rule } from './rule.ts';

/** The command of a pattern with the arguments alone that an invocation may have by it. */
export function toGrantedCommand({ command, argumentGlobs, allowsOtherOptions }: Rule): Command {
  const mayBeGiven = command.arguments.filter(
    (argument) =>
      argumentGlobs.has(argument) ||
      (argument.flags !== undefined && (isHarmlessOption(argument) || (allowsOtherOptions && !isWideOption(argument)))),
  );
  return { ...command, arguments: mayBeGiven };
}
