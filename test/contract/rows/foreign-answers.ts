/** Answers that are not from the proxy: of another server, or of a network in between. */
import type { DoorStep } from '../door.ts';
import type { Row, RowCall } from '../row.ts';

const TRIGGER = ['dags', 'trigger', 'daily_report', '--conf', { row: '$ID' }];
const html = (status: number): DoorStep & object => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: '<html><body>Sign in</body></html>',
});
const detail = (status: number) =>
  `The response (HTTP ${status}) is not from the proxy. Check that MWAA_CLI_PROXY_URL is the address of its API.`;

const read = (status: number): RowCall => ({
  name: 'run',
  argv: ['version'],
  error: { kind: 'problem', code: 'blank', status, detail: detail(status), outcomeUnknown: false },
});
const trigger = (status: number, outcomeUnknown: boolean): RowCall => ({
  name: 'run',
  argv: TRIGGER,
  error: {
    kind: 'problem',
    code: 'blank',
    status,
    detail: `${detail(status)}${outcomeUnknown ? ' The command may have run: check in Airflow before you send it again.' : ''}`,
    outcomeUnknown,
  },
});

/** Answers with status 200 to a read, each without what the API promises. */
const WRONG_BODIES: Readonly<Record<string, string>> = {
  'an HTML page': '<html></html>',
  'an empty answer': '',
  'JSON that is cut': '{"outcome":"succeeded","stdout":"2.10',
  'a JSON list': '[1]',
  'JSON of somebody else': '{"message":"ok"}',
  'an outcome that does not exist': '{"outcome":"done","stdout":"","stderr":"","notes":[],"evidence":""}',
};

export const FOREIGN_ANSWER_ROWS: readonly Row[] = [
  ...Object.entries(WRONG_BODIES).map(
    ([what, body]): Row => ({
      name: `${what} with status 200`,
      door: [{ status: 200, body }],
      calls: [read(200)],
      requests: 1,
    }),
  ),
  {
    name: 'a trigger gets an HTML page with status 200: its outcome is unknown',
    door: [{ forwarded: html(200) as never }],
    calls: [trigger(200, true)],
    requests: 1,
    runs: 1,
  },
  {
    name: 'a trigger gets an HTML page with status 502: its outcome is unknown',
    door: [{ forwarded: html(502) as never }],
    calls: [trigger(502, true)],
    requests: 1,
    runs: 1,
  },
  {
    name: 'a keyed trigger gets an HTML page with status 504, and is sent again',
    door: [{ forwarded: html(504) as never }],
    calls: [{ name: 'run', argv: TRIGGER, idempotencyKey: '$ID', value: { outcome: 'succeeded', replayed: true } }],
    requests: 2,
    runs: 1,
  },
  {
    name: 'a read gets HTML pages with status 502, and is sent again',
    door: [html(502), html(502)],
    calls: [{ name: 'run', argv: ['version'], value: { outcome: 'succeeded' } }],
    requests: 3,
  },
  {
    name: 'a trigger gets an HTML page with status 403',
    door: [html(403)],
    calls: [trigger(403, false)],
    requests: 1,
    runs: 0,
  },
  {
    name: 'a trigger gets an HTML page with status 404',
    door: [html(404)],
    calls: [trigger(404, false)],
    requests: 1,
    runs: 0,
  },
  {
    name: 'a redirect is not followed',
    door: [{ status: 302, headers: { location: '/v1/environments/prod/cli' }, body: '' }],
    calls: [trigger(302, false)],
    requests: 1,
    runs: 0,
  },
  {
    name: 'a redirect of a read is not followed',
    door: [{ status: 308, headers: { location: 'https://example.com/' }, body: '' }],
    calls: [read(308)],
    requests: 1,
  },
  {
    name: 'a problem without a detail is not of the proxy',
    door: [
      {
        status: 403,
        headers: { 'content-type': 'application/problem+json' },
        body: '{"type":"urn:mwaa-cli-proxy:problem:busy"}',
      },
    ],
    calls: [read(403)],
    requests: 1,
  },
  {
    name: 'a problem of another server, with status 502, after a trigger: its outcome is unknown',
    door: [
      {
        forwarded: {
          status: 502,
          headers: { 'content-type': 'application/problem+json' },
          body: '{"type":"https://example.com/problems/busy","title":"Busy","status":502,"detail":"Busy."}',
        },
      },
    ],
    calls: [trigger(502, true)],
    requests: 1,
    runs: 1,
  },
  {
    name: 'a trigger gets JSON of somebody else: its outcome is unknown',
    door: [{ forwarded: { status: 200, body: '{"message":"ok"}' } }],
    calls: [trigger(200, true)],
    requests: 1,
    runs: 1,
  },
  {
    name: 'an error of API Gateway without a problem',
    door: [
      {
        status: 403,
        headers: { 'content-type': 'application/json' },
        body: '{"message":"Missing Authentication Token"}',
      },
    ],
    calls: [read(403)],
    requests: 1,
  },
  {
    name: 'lists without their member are not of the proxy',
    door: [
      { status: 200, body: '{}' },
      { status: 200, body: '{}' },
      { status: 200, body: '{}' },
      { status: 200, body: '{}' },
    ],
    calls: [
      { name: 'commands', error: { kind: 'problem', code: 'blank', outcomeUnknown: false } },
      { name: 'environments', error: { kind: 'problem', code: 'blank', outcomeUnknown: false } },
      { name: 'explain', argv: ['version'], error: { kind: 'problem', code: 'blank', outcomeUnknown: false } },
      { name: 'run state', dagId: 'd', runId: 'r', error: { kind: 'problem', code: 'blank', outcomeUnknown: false } },
    ],
    requests: 4,
  },
  {
    name: 'a newer proxy returns more than this client knows',
    door: [
      {
        status: 200,
        body: JSON.stringify({
          requestId: 'i',
          environment: 'prod',
          airflowVersion: '9.9',
          command: ['version'],
          outcome: 'succeeded',
          evidence: 'e',
          notes: ['new-note'],
          output: { n: 1e3 },
          stdout: 'größe',
          stderr: '',
          durationMs: 1,
          more: true,
        }),
      },
    ],
    calls: [
      {
        name: 'run',
        argv: ['version'],
        value: { airflowVersion: '9.9', notes: ['new-note'], stdout: 'größe', output: { n: 1000 } },
      },
    ],
    requests: 1,
  },
  {
    name: 'an answer in several parts',
    door: [{ parts: ['{"outcome":"unver', 'ified","notes":[],"output":null,', '"stdout":"a","stderr":""}'] }],
    calls: [{ name: 'run', argv: ['version'], value: { outcome: 'unverified', stdout: 'a' } }],
    requests: 1,
  },
];
