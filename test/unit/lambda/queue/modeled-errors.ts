import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The declaration of a command of the installed SDK. Its comment is the only place that lists the errors of one operation. */
export const readCommand = (name: string): string => {
  const client = import.meta.resolve('@aws-sdk/client-lambda');
  return readFileSync(fileURLToPath(new URL(`../dist-types/commands/${name}.d.ts`, client)), 'utf8');
};

export const listErrors = (command: string): string[] =>
  [...command.matchAll(/@throws \{@link (\w+)\} \((?:client|server) fault\)/g)].map(([, name]) => name!);

/** Every error of `Invoke` in the model of the installed SDK. */
export const MODELED_ERRORS: readonly string[] = listErrors(readCommand('InvokeCommand'));
