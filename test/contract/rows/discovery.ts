/** What the caller may do. */
import { expect } from 'vitest';
import type { Row } from '../row.ts';

export const DISCOVERY_ROWS: readonly Row[] = [
  {
    name: 'explain a command that is allowed',
    calls: [
      {
        name: 'explain',
        argv: ['dags', 'trigger', 'größe', '--conf', { a: [1, 'b c'] }],
        value: {
          allowed: true,
          commandLine: expect.stringContaining('dags trigger'),
          grant: expect.any(String),
          line: expect.any(Number),
        },
      },
      { name: 'explain', argv: ['version'], format: 'raw', value: { allowed: true, commandLine: 'version' } },
    ],
    requests: 2,
  },
  {
    name: 'explain a command that is refused',
    calls: [
      {
        name: 'explain',
        argv: ['dags', 'delete', 'a'],
        value: { allowed: false, refusal: { code: 'not-granted', detail: expect.stringContaining('dags delete') } },
      },
      {
        name: 'explain',
        argv: ['nonsense'],
        value: { allowed: false, refusal: { code: 'unknown-command', detail: expect.any(String) } },
      },
    ],
    requests: 2,
  },
  {
    name: 'the commands of the caller',
    calls: [
      {
        name: 'commands',
        value: expect.arrayContaining([
          {
            command: 'dags trigger',
            usage: expect.any(String),
            grant: expect.any(String),
            line: expect.any(Number),
            options: expect.arrayContaining(['--conf']),
          },
        ]),
      },
    ],
    requests: 1,
  },
  {
    name: 'the environments of the caller',
    calls: [
      {
        name: 'environments',
        value: ['flaky', 'prod', 'two'].map((name) => ({ name, airflowVersion: '2.10.3' })),
      },
    ],
    requests: 1,
  },
];
