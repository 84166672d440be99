import type { DeploymentCommand } from '../../airflow/deployment-command.ts';
import { listNamedThings } from '../../airflow/settled-commands.ts';

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
    new Set(commands.flatMap(({ sampled }) => listNamedThings(sampled)));
  const touched = listThings(created.slice(0, ran));
  const untouched = listThings(created.slice(ran));
  const getKind = ({ sampled }: DeploymentCommand) => sampled.command.path[0];
  const missedKinds = new Set(created.slice(ran).map(getKind));
  return undo.filter((command) => {
    const things = listNamedThings(command.sampled);
    // What it undoes is unknown, so only if all commands of its kind ran.
    if (things.length === 0) return !missedKinds.has(getKind(command));
    return things.every((thing) => touched.has(thing) || !untouched.has(thing));
  });
}
