import { expect, test } from 'vitest';
import type { AirflowRole } from '../../../airflow/rest/airflow-role.ts';
import { readRuleCatalog } from '../../../airflow/rest/rule-catalogs.ts';
import { resolveRestRole } from '../../../config/rest-role.ts';
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
