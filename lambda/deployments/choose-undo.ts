import type { DeploymentCommand } from '../../airflow/deployment-command.ts';
import { findNamedThing } from '../../airflow/settled-commands.ts';

/**
 * The commands that undo a creation that failed: without those that name what only commands name that did not run. They would delete what
 * others have made.
 *
 * @param created the commands of the creation
 * @param ran how many of them ran
 */
export function chooseUndo(
  undo: readonly DeploymentCommand[],
  created: readonly DeploymentCommand[],
  ran: number,
): readonly DeploymentCommand[] {
  const listThings = (commands: readonly DeploymentCommand[]) =>
    new Set(commands.map(({ sampled }) => JSON.stringify(findNamedThing(sampled))));
  const touched = listThings(created.slice(0, ran));
  const untouched = listThings(created.slice(ran));
  return undo.filter(({ sampled }) => {
    const thing = JSON.stringify(findNamedThing(sampled));
    return thing === undefined || touched.has(thing) || !untouched.has(thing);
  });
}
