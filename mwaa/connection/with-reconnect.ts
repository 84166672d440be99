import { NoResponseError } from './no-response-error.ts';

/**
 * Sends something. Sends it a second time if the web server had closed the kept-alive connection and a repeat is harmless.
 *
 * @param readOnly it changes nothing
 * @throws NoResponseError
 */
export async function withReconnect<Response>(send: () => Promise<Response>, readOnly: boolean): Promise<Response> {
  const mayRepeat = ({ failure, reused, sent }: NoResponseError): boolean =>
    failure === 'exchange' && reused && (readOnly || !sent);
  return send().catch((error: unknown) => {
    if (error instanceof NoResponseError && mayRepeat(error)) return send();
    throw error;
  });
}
