import { describe } from 'vitest';
import { AIRFLOW_2 } from '../../../catalogs.ts';
import { ALLOWED, DENIED, FAULT, testCommandAttacks } from './run-attack.ts';

describe('attacks on rules that are sets', () => {
  testCommandAttacks(AIRFLOW_2, [
    ['a read-only command', '@read', 'dags list-runs -d x', ALLOWED, 'it only reads'],
    ['a read-only command with a wide option', '@read', 'dags list --subdir=/tmp', DENIED, 'a wide option'],
    ['a read-only command that writes a file', '@read', 'dags show x --save=/tmp/x', DENIED, 'a wide option'],
    ['a command that prints a secret', '@read', 'variables get k', DENIED, 'it is in @secrets'],
    ['a command that prints a connection', '@read', 'connections get c', DENIED, 'it prints passwords'],
    ['a command that prints a rendered template', '@read', 'tasks render d t r', DENIED, 'it is in @secrets'],
    ['a command that prints the configuration', '@read', 'config list', DENIED, 'it prints secrets'],
    ['a command that changes something', '@read', 'dags pause x', DENIED, 'it changes something'],
    ['a command that runs code', '@operate', 'tasks run d t r', DENIED, 'it must be granted by name'],
    ['a command that runs code as a test', '@operate', 'dags test d', DENIED, 'it must be granted by name'],
    ['a command that deletes', '@operate', 'dags delete -y d', DENIED, 'it deletes something'],
    ['a regular expression for DAGs', '@operate', 'dags pause x --treat-dag-id-as-regex', DENIED, 'a wide option'],
    ['a regular expression for DAGs to clear', '@operate', 'tasks clear x --dag-regex', DENIED, 'a wide option'],
    ['an unknown set', '@everything', 'version', FAULT, 'there is no such set'],
    ['a name of a JavaScript property', '@constructor', 'version', FAULT, 'there is no such set'],
    ['a name of a JavaScript property without @', '__proto__', 'version', FAULT, 'there is no such command'],
    ['a set followed by an option', '@read --subdir=*', 'dags list', FAULT, 'a set accepts no arguments'],
    ['a star', '*', 'version', FAULT, 'not a command'],
    ['a star in the command', 'dags *', 'dags list', FAULT, 'not a command'],
    ['an empty rule', '', 'version', FAULT, 'not a command'],
  ]);
});
