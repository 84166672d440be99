import { expect, test } from 'vitest';
import type { AirflowRole } from '../../../airflow/rest/airflow-role.ts';
import { readRuleCatalog } from '../../../airflow/rest/rule-catalogs.ts';
import { describeRestRole, resolveRestRole } from '../../../config/rest-role.ts';
import { CATALOGS } from '../../../files/catalogs.ts';

test.each<[airflow: string, may: string[], role: AirflowRole]>([
  ['2.10.3', ['dags list'], 'Viewer'],
  ['2.10.3', ['api GET /version'], 'Viewer'],
  ['2.10.3', ['api POST /dags/*/dagRuns'], 'User'],
  ['2.10.3', ['api POST /dags/*/dagRuns', 'api GET /variables'], 'Op'],
  ['2.10.3', ['api GET /eventLogs'], 'Admin'],
  ['2.4.3', ['api GET /eventLogs'], 'Viewer'],
  // A set does not make the role Admin.
  ['2.4.3', ['@read', '@secrets'], 'Op'],
  ['2.10.3', ['@read'], 'Op'],
  ['2.10.3', ['@secrets', '@operate'], 'Op'],
  ['3.3.1', ['@operate'], 'User'],
  ['3.0.6', ['@operate'], 'Op'],
  ['3.3.1', ['@secrets'], 'Op'],
])('Airflow %s: the role for %j is %s', (airflow, may, role) => {
  const grants = [
    { who: ['arn:aws:iam::111122223333:role/team'], where: ['prod'], may, enabled: true, line: 1 },
    { who: ['arn:aws:iam::111122223333:role/x'], where: ['prod'], may: ['api GET /roles'], enabled: false, line: 2 },
    { who: ['arn:aws:iam::111122223333:role/x'], where: ['other'], may: ['api GET /config'], enabled: true, line: 3 },
  ];
  const catalog = readRuleCatalog(CATALOGS, { airflow, rest: true });
  expect(resolveRestRole({ grants }, 'prod', {}, catalog)).toBe(role);
  expect(resolveRestRole({ grants }, 'prod', { restRole: 'Public' }, catalog)).toBe('Public');
});

test.each<[airflow: string, may: string[], restRole: AirflowRole | undefined, text: string]>([
  ['2.10.3', ['dags list'], undefined, 'Viewer, the least one that can be of use'],
  ['2.10.3', ['dags list'], 'User', 'User, as restRole says'],
  ['2.10.3', ['api GET /variables'], 'Public', 'Public, as restRole says'],
  [
    '3.0.6',
    ['dags list', 'dags trigger *'],
    'Viewer',
    'Viewer, as restRole says. Airflow rejects requests that need more: User, which "dags trigger *" of the grant on line 7 needs for POST /dags/{dag_id}/dagRuns',
  ],
  [
    '2.10.3',
    ['dags list', 'api GET /variables', 'api GET /connections'],
    undefined,
    'Op, which "api GET /variables" of the grant on line 7 needs for GET /variables',
  ],
  [
    '2.10.3',
    ['variables delete x'],
    undefined,
    'Op, which "variables delete x" of the grant on line 7 needs for DELETE /variables/{variable_key}',
  ],
  [
    '3.0.6',
    ['dags trigger *', '@operate'],
    undefined,
    'Op, which "@operate" of the grant on line 7 needs for POST /backfills',
  ],
])('Airflow %s: the role for %j, with restRole %s, is %s', (airflow, may, restRole, text) => {
  const all = { who: ['arn:aws:iam::111122223333:role/team'], where: ['prod'], enabled: true };
  const grants = [
    { ...all, may: ['api GET /eventLogs'], line: 5, enabled: false },
    { ...all, may: ['dags list'], line: 6 },
    { ...all, may, line: 7 },
  ];
  const catalog = readRuleCatalog(CATALOGS, { airflow, rest: true });
  expect(describeRestRole({ grants }, 'prod', restRole === undefined ? {} : { restRole }, catalog)).toBe(text);
});
