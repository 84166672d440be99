import { MwaaCliProxyClient } from '../library/mwaa-cli-proxy-client.ts';
import type { ProxyAddress } from '../library/request-json.ts';
import { ConnectionError, type ReceivedResponse, sendHttpRequest } from '../library/send-http-request.ts';
import type { Cancellation } from './cancellation.ts';
import type { DescribedFailure } from './describe-failure.ts';
import type { Pipeline, StepFailure } from './pipeline.ts';
import type { StepInputs } from './read-inputs.ts';

/** What the parts of a step share. */
export class StepContext {
  readonly pipeline: Pipeline;
  readonly inputs: StepInputs;
  readonly cancellation: Cancellation;
  readonly proxy: ProxyAddress;
  readonly client: MwaaCliProxyClient;
  /** Shown with a failure. */
  readonly facts = new Map<string, string>();
  /** The last token, for messages. */
  token = '';
  /** How many requests had a command. */
  sent = 0;
  /** How many of them may have started the command: not those that got no slot. */
  mayHaveRun = 0;
  /** The idempotency key, if the command has one. */
  key: string | undefined;

  constructor(pipeline: Pipeline, inputs: StepInputs, cancellation: Cancellation) {
    this.pipeline = pipeline;
    this.inputs = inputs;
    this.cancellation = cancellation;
    this.proxy = {
      url: inputs.url,
      // Every request has a new token: it expires within minutes, and a run can take hours.
      token: async () => {
        this.token = await pipeline.getToken(cancellation.signal);
        return this.token;
      },
      send: async (address, init) => {
        if (!address.pathname.endsWith('/cli')) return sendHttpRequest(address, init);
        this.sent += 1;
        try {
          const response = await sendHttpRequest(address, init);
          if (!isBeforeStart(response)) this.mayHaveRun += 1;
          return response;
        } catch (error) {
          if (!(error instanceof ConnectionError && !error.requestSent)) this.mayHaveRun += 1;
          throw error;
        }
      },
    };
    this.client = new MwaaCliProxyClient(this.proxy, inputs.environment);
    this.facts.set('Environment', inputs.environment);
    // Without the values of variables, which can be secrets.
    this.facts.set('Command', inputs.command);
  }

  get signal(): AbortSignal {
    return this.cancellation.signal;
  }

  readonly onWait = (): void => this.pipeline.print('Waiting for a free slot of the environment …');

  /** @returns the exit code */
  fail({ exitCode, title, message }: Omit<DescribedFailure, 'outcome'>, more: Partial<StepFailure> = {}): number {
    this.pipeline.reportFailure({ title, message, facts: this.facts, ...more });
    return exitCode;
  }
}

/** Problems of the proxy with these statuses mean that nothing ran (`contract/problem-types.ts`). Answers of other servers say nothing. */
const isBeforeStart = ({ status, headers }: ReceivedResponse): boolean =>
  [429, 502, 503, 504].includes(status) && (headers.get('content-type') ?? '').startsWith('application/problem+json');
