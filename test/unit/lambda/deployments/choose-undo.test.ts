import { expect, test } from 'vitest';
import { readDeploymentCommand } from '../../../../airflow/deployment-command.ts';
import { chooseUndo } from '../../../../lambda/deployments/choose-undo.ts';
import { AIRFLOW_2 } from '../../../catalogs.ts';

const read = (text: string) => readDeploymentCommand(AIRFLOW_2, text, []);

test.each<[what: string, created: readonly string[], ran: number, undo: readonly string[], chosen: readonly number[]]>([
  [
    'all, if all ran',
    ['variables set a 1', 'variables set b 1'],
    2,
    ['variables delete a', 'variables delete b'],
    [0, 1],
  ],
  ['what ran', ['variables set a 1', 'variables set b 1'], 1, ['variables delete a', 'variables delete b'], [0]],
  [
    'no user that no command created',
    ['variables set a 1', 'users create --username=al --firstname=a --lastname=b --email=c@d --role=Viewer'],
    1,
    ['variables delete a', 'users delete --username=al'],
    [0],
  ],
  ['nothing of several if one of them did not run', ['roles create a', 'roles create b'], 1, ['roles delete a b'], []],
])('undoes %s', (_what, created, ran, undo, chosen) => {
  const commands = undo.map(read);
  expect(chooseUndo(commands, created.map(read), ran).map((command) => commands.indexOf(command))).toEqual(chosen);
});
