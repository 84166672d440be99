/** Network proxies (CONNECT), and certificates of an own authority. Each language has its own variables for them. */
import { expect } from 'vitest';
import type { Row, RowCall, RowContext } from '../row.ts';

const READ: RowCall = { name: 'run', argv: ['version'], value: { outcome: 'succeeded' } };
const NOT_SENT: RowCall = {
  name: 'run',
  argv: ['dags', 'trigger', 'daily_report', '--conf', { row: '$ID' }],
  error: { kind: 'no response', requestSent: false, outcomeUnknown: false },
};

/** Variables that trust the authority of the stack. */
const trust = ({ client, caFile }: RowContext): Record<string, string> =>
  client === 'TypeScript' ? { NODE_EXTRA_CA_CERTS: caFile } : { AWS_CA_BUNDLE: caFile };

const useProxy = ({ networkProxy }: RowContext, port = networkProxy?.port): Record<string, string> => ({
  HTTPS_PROXY: `http://127.0.0.1:${port}`,
  NODE_USE_ENV_PROXY: '1',
});

export const NETWORK_ROWS: readonly Row[] = [
  { name: 'HTTPS with an own authority', tls: true, variables: trust, calls: [READ], requests: 1 },
  {
    name: 'HTTPS with an own authority in SSL_CERT_FILE',
    tls: true,
    clients: ['Python'],
    variables: ({ caFile }) => ({ SSL_CERT_FILE: caFile }),
    calls: [READ],
    requests: 1,
  },
  {
    name: 'HTTPS with an authority that is not trusted',
    tls: true,
    variables: () => ({}),
    calls: [NOT_SENT],
    requests: 0,
    runs: 0,
  },
  {
    name: 'HTTPS through a network proxy',
    tls: true,
    networkProxy: 'connects',
    variables: (context) => ({ ...trust(context), ...useProxy(context) }),
    calls: [READ],
    requests: 1,
    check: ({ networkProxy, door }) => expect(networkProxy!.hosts).toEqual([`localhost:${door.port}`]),
  },
  {
    name: 'a lost answer through a network proxy: the outcome is unknown',
    tls: true,
    networkProxy: 'connects',
    door: ['lose answer'],
    variables: (context) => ({ ...trust(context), ...useProxy(context) }),
    calls: [{ ...NOT_SENT, error: { kind: 'no response', requestSent: true, outcomeUnknown: true } }],
    requests: 1,
    runs: 1,
  },
  {
    name: 'a network proxy that refuses the connection',
    tls: true,
    networkProxy: 'refuses',
    variables: (context) => ({ ...trust(context), ...useProxy(context) }),
    calls: [NOT_SENT],
    requests: 0,
    runs: 0,
  },
  {
    name: 'a network proxy that ends the connection',
    tls: true,
    networkProxy: 'closes',
    variables: (context) => ({ ...trust(context), ...useProxy(context) }),
    calls: [NOT_SENT],
    requests: 0,
    runs: 0,
  },
  {
    name: 'a network proxy that cannot be reached',
    tls: true,
    variables: (context) => ({ ...trust(context), ...useProxy(context, 9) }),
    calls: [NOT_SENT],
    requests: 0,
    runs: 0,
  },
  {
    name: 'NO_PROXY',
    tls: true,
    networkProxy: 'refuses',
    variables: (context) => ({ ...trust(context), ...useProxy(context), NO_PROXY: 'example.com,localhost' }),
    calls: [READ],
    requests: 1,
    check: ({ networkProxy }) => expect(networkProxy!.hosts).toEqual([]),
  },
];
