/** The steps of a connection, each of which fails for reasons of its own. */
export type ConnectionStep = 'name resolution' | 'connect' | 'TLS' | 'exchange';

const STEP_BY_ERROR_CODE: readonly (readonly [RegExp, ConnectionStep])[] = [
  [/^(ENOTFOUND|EAI_\w+|EDNS\w*)$/, 'name resolution'],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ETIMEDOUT)$/, 'connect'],
  [/CERT|^ERR_(TLS|SSL)_|SIGNATURE|^EPROTO$/, 'TLS'],
];

/** The step that an error of Node's sockets, or of the AWS SDK, belongs to, by its code. */
export function connectionStepFromError(error: unknown): ConnectionStep {
  const { code, message = '' } = error as { code?: unknown; message?: string };
  if (typeof code === 'string') return STEP_BY_ERROR_CODE.find(([codes]) => codes.test(code))?.[1] ?? 'exchange';
  // The SDK's own timeout for a connection has no code.
  return message.includes('without establishing a connection') ? 'connect' : 'exchange';
}

/** What an error is told as: its code, as in `ECONNREFUSED`; `TimeoutError`, whose code is a number of the DOM's. */
export const getErrorCode = ({ code, name }: { readonly code?: unknown; readonly name: string }): string =>
  typeof code === 'string' ? code : name;
