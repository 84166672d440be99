/** The error types that Lambda itself reports, with clauses that say what happened. */
const LAMBDA_ERROR_TYPES: Readonly<Record<string, string>> = {
  'Sandbox.Timedout': 'the relay was stopped at its timeout',
  'Runtime.ExitError': 'the relay ended before it responded',
  'Function.ResponseSizeTooLarge': 'the response of the relay exceeded the limit of Lambda',
};

/**
 * Says what happened to a relay whose response has `FunctionError`. Only error types that Lambda itself reports are shown. Messages,
 * stack traces and other types come from running code, and may contain secrets.
 */
export function describeFunctionError(payload: Uint8Array): string {
  const type = readErrorType(payload);
  if (type === undefined) return 'the relay failed';
  const clause = Object.hasOwn(LAMBDA_ERROR_TYPES, type) ? LAMBDA_ERROR_TYPES[type] : 'the relay failed';
  return `${clause} (${type})`;
}

const LAMBDA_ERROR_TYPE = /^(?:Sandbox|Runtime|Function|Extension)\.[A-Za-z]{1,40}$/;

function readErrorType(payload: Uint8Array): string | undefined {
  try {
    const { errorType, errorMessage } = JSON.parse(new TextDecoder().decode(payload)) as Record<string, unknown>;
    if (typeof errorType === 'string' && LAMBDA_ERROR_TYPE.test(errorType)) return errorType;
    return typeof errorMessage === 'string' && / Task timed out after [\d.]+ seconds$/.test(errorMessage)
      ? 'Sandbox.Timedout'
      : undefined;
  } catch {
    return undefined;
  }
}
