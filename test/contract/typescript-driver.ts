/** Runs calls of the TypeScript client: a JSON object per line on standard input and output. `protocol.ts` describes them. */
import { createInterface } from 'node:readline';
import { MwaaCliProxyClient } from '../../client/library/mwaa-cli-proxy-client.ts';
import { ProxyProblem } from '../../client/library/proxy-problem.ts';
import { ConnectionError } from '../../client/library/send-http-request.ts';
import { SettingsError } from '../../client/library/settings-error.ts';
import { WaitTimeoutError } from '../../client/library/wait-timeout-error.ts';
import { loadSettings, requireProxy } from '../../client/settings.ts';
import type { CallAnswer, CallArguments, CallError, CallRequest, ClientDescription } from './protocol.ts';

async function createClient(description: ClientDescription): Promise<MwaaCliProxyClient> {
  if ('variables' in description) {
    const settings = await loadSettings(description.variables);
    return new MwaaCliProxyClient(requireProxy(settings), settings.environment);
  }
  const { url, environment, region = '', credentials, token } = description;
  const address = credentials === undefined ? { url, token: async () => token! } : { url, region, credentials };
  return new MwaaCliProxyClient(address, environment);
}

async function call(
  client: MwaaCliProxyClient,
  { name, arguments: args }: CallRequest,
  events: string[],
  signal?: AbortSignal,
) {
  const { argv = [], dagId = '', runId = '', format, idempotencyKey, waitSeconds, listens }: CallArguments = args;
  const common = signal === undefined ? {} : { signal };
  const onWait = listens ? { onWait: () => void events.push('waits') } : {};
  switch (name) {
    case 'run':
      return client.run(argv, {
        ...(format === undefined ? {} : { format }),
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
        ...(waitSeconds === undefined ? {} : { waitSeconds }),
        ...onWait,
        ...common,
      });
    case 'explain':
      return client.explain(argv, { ...(format === undefined ? {} : { format }), ...common });
    case 'run state':
      return client.runState(dagId, runId, { ...(waitSeconds === undefined ? {} : { waitSeconds }), ...common });
    case 'wait': {
      const { timeoutSeconds = 30, intervalSeconds = 0.05, appearanceTimeoutSeconds = 0 } = args;
      return client.wait(dagId, runId, {
        timeoutMs: timeoutSeconds * 1000,
        intervalMs: intervalSeconds * 1000,
        appearanceTimeoutMs: appearanceTimeoutSeconds * 1000,
        onState: (state) => events.push(state),
        onTransientError: () => events.push('transient error'),
        ...common,
      });
    }
    case 'commands':
      return client.commands(signal);
    case 'environments':
      return client.environments(signal);
  }
}

function describeError(error: unknown, signal: AbortSignal | undefined): CallError {
  if (error instanceof ProxyProblem) {
    const { code, outcomeUnknown, problem } = error;
    const { detail, status, retrySafe = null, runId = null } = problem;
    return { kind: 'problem', code, detail, status, retrySafe, outcomeUnknown, runId, problem };
  }
  if (error instanceof ConnectionError) {
    const { requestSent, outcomeUnknown } = error;
    return { kind: 'no response', requestSent, outcomeUnknown };
  }
  if (error instanceof WaitTimeoutError) return { kind: 'timeout', state: error.state ?? null, detail: error.message };
  if (error instanceof SettingsError) return { kind: 'settings', detail: error.message };
  if (signal?.aborted) return { kind: 'canceled' };
  if ((error as Error).name === 'CredentialsProviderError') return { kind: 'settings' };
  return { kind: 'other', detail: String((error as Error).stack) };
}

async function handle(request: CallRequest): Promise<CallAnswer> {
  const events: string[] = [];
  const signal = request.cancelAfterMs === undefined ? undefined : AbortSignal.timeout(request.cancelAfterMs);
  try {
    const value = await call(await createClient(request.client), request, events, signal);
    return { id: request.id, value, events };
  } catch (error) {
    return { id: request.id, error: describeError(error, signal), events };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  void handle(JSON.parse(line)).then((answer) => process.stdout.write(`${JSON.stringify(answer)}\n`));
}
