import { expect, test, vi } from 'vitest';
import { respondWith } from '../../mwaa/scripted-web-server.ts';
import { openDoor } from './rest-door.ts';

const SECRET = 'hunter2';

test.each<[name: string, airflow: string, method: string, target: string, body: object | undefined]>([
  ['a conf', '2.10.3', 'POST', '/api/v1/dags/a/dagRuns', { dag_run_id: 'r', conf: { p: SECRET }, note: SECRET }],
  ['a variable', '2.10.3', 'POST', '/api/v1/variables', { key: 'k', value: SECRET, description: SECRET }],
  [
    'a connection',
    '2.10.3',
    'POST',
    '/api/v1/connections',
    { connection_id: 'c', conn_type: 'http', host: SECRET, login: SECRET, password: SECRET, extra: SECRET },
  ],
  [
    'a bulk request',
    '3.3.1',
    'PATCH',
    '/api/v2/variables',
    { actions: [{ action: 'create', entities: [{ key: 'k', value: SECRET }] }] },
  ],
  [
    'an XCom',
    '3.3.1',
    'POST',
    '/api/v2/dags/a/dagRuns/r/taskInstances/t/xcomEntries',
    { key: 'k', value: SECRET, map_index: -1 },
  ],
  ['a new password', '2.10.3', 'PATCH', '/api/v1/users/jo', { password: SECRET }],
  ['a query', '2.10.3', 'GET', `/api/v1/dags?dag_id_pattern=${SECRET}`, undefined],
  ['what cannot be parsed', '2.10.3', 'POST', '/api/v1/variables', { key: 'k', value: SECRET, [SECRET]: SECRET }],
])('the logs do not contain %s, granted or denied', async (_name, airflow, method, target, body) => {
  const template = target.split('?')[0]!.replace(/^\/api\/v\d/, '');
  for (const may of [[`api ${method} ${template} --*`], ['api GET /version']]) {
    const door = await openDoor({ airflow, may });
    door.respond = respondWith(400, JSON.stringify({ detail: SECRET }), { 'content-type': 'application/json' });
    await door.send({ method, target, ...(body && { body: JSON.stringify(body) }) });
    door.close();
    const lines = vi.mocked(console.log).mock.calls.map(([line]) => String(line));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('\n')).not.toMatch(/hunter2|session-1|signature/);
  }
});
