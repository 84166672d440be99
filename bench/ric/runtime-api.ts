import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface FunctionStart {
  /** The file of the runtime interface client. */
  readonly ric: string;
  /** Folder of the function's code. */
  readonly taskRoot: string;
  readonly handler: string;
  /** The variables of the function, with the address of the Runtime API in reach. */
  readonly createVariables: (runtimeApi: string) => NodeJS.ProcessEnv;
}

/** A function that runs on the runtime interface client. */
export interface RunningFunction {
  readonly pid: number;
  /** When the process was started. */
  readonly startedAt: number;
  /** Resolves with the time at which the function asks for its first invocation: from now on it is ready. */
  readonly ready: Promise<number>;
  /** Returns the bytes that the client posts as the response, or throws the error that it reports. */
  invoke(event: object): Promise<Buffer>;
  /** Ends the process, and resolves when it has ended. */
  close(): Promise<void>;
}

interface Invocation {
  readonly event: object;
  readonly resolve: (response: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Starts a function, and Lambda's Runtime API for it, which answers one request after the other.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export async function startFunction({
  ric,
  taskRoot,
  handler,
  createVariables,
}: FunctionStart): Promise<RunningFunction> {
  const queued: Invocation[] = [];
  const ready = Promise.withResolvers<number>();
  let waiting: ServerResponse | undefined;
  let current: Invocation | undefined;
  let count = 0;
  const sendNext = () => {
    const next = queued[0];
    if (waiting === undefined || next === undefined) return;
    queued.shift();
    current = next;
    count += 1;
    const headers = {
      'Lambda-Runtime-Aws-Request-Id': `request-${count}`,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + 300_000),
      'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:eu-west-1:111122223333:function:front',
      'Content-Type': 'application/json',
    };
    waiting.writeHead(200, headers).end(JSON.stringify(next.event));
    waiting = undefined;
  };
  const receive = async (incoming: IncomingMessage, response: ServerResponse) => {
    if (incoming.url?.endsWith('/next')) {
      ready.resolve(performance.now());
      waiting = response;
      sendNext();
      return;
    }
    const body = await buffer(incoming);
    response.writeHead(202).end();
    // Streaming functions report an error that occurs while they respond in a trailer.
    const { 'lambda-runtime-function-error-type': trailer } = incoming.trailers;
    if (incoming.url?.endsWith('/response') && trailer === undefined) current?.resolve(body);
    else fail(new Error(`${incoming.url} ${trailer ?? ''} ${body}`));
  };
  const fail = (error: Error) => {
    ready.reject(error);
    current?.reject(error);
  };
  ready.promise.catch(() => {}); // An error before the first invocation. Whoever waits for `ready` gets it.
  const server = createServer((incoming, response) => void receive(incoming, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const runtimeApi = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const startedAt = performance.now();
  const child = spawn(process.execPath, [ric], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      ...createVariables(runtimeApi),
      AWS_LAMBDA_RUNTIME_API: runtimeApi,
      AWS_LAMBDA_FUNCTION_NAME: 'front',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/front',
      AWS_LAMBDA_LOG_STREAM_NAME: 'stream',
      LAMBDA_TASK_ROOT: taskRoot,
      _HANDLER: handler,
    },
  });
  const exited = once(child, 'exit');
  void exited.then(([code]) => fail(new Error(`The runtime interface client exited with ${code}.`)));
  return {
    pid: child.pid ?? 0,
    startedAt,
    ready: ready.promise,
    invoke: (event) =>
      new Promise((resolve, reject) => {
        queued.push({ event, resolve, reject });
        sendNext();
      }),
    async close() {
      child.kill('SIGKILL');
      await exited;
      server.close();
      server.closeAllConnections();
    },
  };
}
