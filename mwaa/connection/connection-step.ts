import type { Socket } from 'node:net';

/** The steps of a connection. Each fails for different reasons and needs a different remedy. */
export type ConnectionStep = 'name resolution' | 'connect' | 'TLS' | 'exchange';

const STEP_BY_ERROR_CODE: readonly (readonly [RegExp, ConnectionStep])[] = [
  [/^(ENOTFOUND|EAI_\w+|EDNS\w*)$/, 'name resolution'],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ETIMEDOUT)$/, 'connect'],
  [/CERT|^ERR_(TLS|SSL)_|SIGNATURE|^EPROTO$/, 'TLS'],
];

/** The step in which an error of Node's sockets or of the AWS SDK occurred, judged by its code. */
export function connectionStepFromError(error: unknown): ConnectionStep {
  const { code, message = '' } = error as { code?: unknown; message?: string };
  if (typeof code === 'string') return STEP_BY_ERROR_CODE.find(([codes]) => codes.test(code))?.[1] ?? 'exchange';
  // The SDK's own connection timeout has no code.
  return message.includes('without establishing a connection') ? 'connect' : 'exchange';
}

/** The code of an error, such as `ECONNREFUSED`, or its name if the code is not text, as in `TimeoutError`. */
export const getErrorCode = ({ code, name }: { readonly code?: unknown; readonly name: string }): string =>
  typeof code === 'string' ? code : name;

/** The step that the error's code names, or else the current step. */
export function getFailedStep(cause: Error, currentStep: ConnectionStep): ConnectionStep {
  const step = connectionStepFromError(cause);
  return step === 'exchange' ? currentStep : step;
}

/** Reports each step of a new connection as it begins. */
export function trackConnectionSteps(socket: Socket, onStep: (step: ConnectionStep) => void): void {
  socket.once('lookup', (error) => {
    if (!error) onStep('connect');
  });
  socket.once('connect', () => onStep('TLS'));
}
