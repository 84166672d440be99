import type { Argument, Command } from './catalog.ts';

/**
 * One parsed command. The policy authorizes an invocation, and the command line is rendered from it.
 *
 * `values` maps each given argument (the object in the catalog) to its values: none for a switch, one for an ordinary argument, any
 * number for other arities. The value of a boolean-optional switch is the spelling used.
 */
export interface Invocation {
  readonly command: Command;
  readonly values: ReadonlyMap<Argument, readonly string[]>;
  /** The arguments among `values` that the proxy added and the caller did not give. */
  readonly addedByProxy: ReadonlySet<Argument>;
}

/** The last value of an argument by its name (`--run-id`, `dag_id`), or undefined if it was not given. */
export function getArgumentValue(invocation: Invocation, name: string): string | undefined {
  for (const [argument, values] of invocation.values) {
    if (argument.flags?.includes(name) ?? argument.dest === name) return values.at(-1);
  }
  return undefined;
}

/** Returns the invocation with one more argument, marked as added by the proxy. */
export function addArgument(invocation: Invocation, argument: Argument, values: readonly string[]): Invocation {
  return {
    ...invocation,
    values: new Map([...invocation.values, [argument, values]]),
    addedByProxy: new Set([...invocation.addedByProxy, argument]),
  };
}
