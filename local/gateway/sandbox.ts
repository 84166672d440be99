/** One execution environment: a process that loads the function once and then runs one invocation after another. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { readLines } from './output-lines.ts';
import {
  type FromFunction,
  type FunctionError,
  type Init,
  type Invoke,
  lastLineOf,
  type NetworkRules,
  type ToFunction,
} from './protocol.ts';

const RUNTIME = fileURLToPath(new URL('./runtime.ts', import.meta.url));
/** Loading may take ten seconds (documented). */
const INIT_MS = 10_000;
/** How long the last words of a process that has ended are waited for; only grandchildren can hold them back. */
const LAST_WORDS_MS = 1_000;

export interface SandboxOptions {
  init: Init;
  environment: Record<string, string>;
  memoryMb: number;
  onLine: (line: string) => void;
}

/** How an invocation ended. */
export interface Ended {
  error?: FunctionError;
  timedOut: boolean;
  /** Zero where the process ended first. */
  maxMemoryMb: number;
}

export interface Sandbox {
  /** Settles when the handler is loaded, with what went wrong. */
  readonly ready: Promise<FunctionError | undefined>;
  /** Runs one invocation; all its lines have been handed on when this settles. The process is killed at the time-out. */
  invoke(invocation: Invoke, timeoutMs: number, onChunk: (data: Buffer) => void): Promise<Ended>;
  /** Whether another invocation can be given to it. */
  readonly alive: boolean;
  /** Puts another network around the process. */
  reroute(table: NetworkRules['table']): void;
  /** Sends a signal to the process, as nobody can on AWS: what dies or hangs there by itself is made to here. */
  signal(signal: 'SIGKILL' | 'SIGSTOP'): void;
  /** Ends the process, at once. */
  kill(): Promise<void>;
}

export function startSandbox({ init, environment, memoryMb, onLine }: SandboxOptions): Sandbox {
  const child = fork(RUNTIME, [], {
    cwd: init.taskRoot,
    env: environment,
    execArgv: [`--max-old-space-size=${memoryMb}`],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the process was started without its output');
  const isMark = (line: string) => line.startsWith(lastLineOf(''));
  const outputs = [readLines(stdout, isMark, onLine), readLines(stderr, isMark, onLine)];

  let receive: (message: FromFunction) => void = () => {};
  let alive = true;
  child.on('message', (message: FromFunction) => receive(message));
  // Sending to a process that is ending; its exit tells the rest.
  child.on('error', () => {});
  const exited = new Promise<FunctionError>((resolve) => {
    child.once('exit', (code, signal) => {
      alive = false;
      const status = signal === null ? `exit status ${code}` : `signal: ${signal === 'SIGKILL' ? 'killed' : signal}`;
      resolve({ errorType: 'Runtime.ExitError', errorMessage: `Runtime exited with error: ${status}` });
    });
  });
  /** Ended, and everything it wrote and sent has come: the exit alone may be heard of earlier. */
  const gone = Promise.race([
    Promise.all([exited, heard(child, 'disconnect'), heard(child, 'close')]),
    exited.then(() => pause(LAST_WORDS_MS)),
  ]).then(() => exited);
  const tell = (message: ToFunction) => child.connected && child.send(message);
  const kill = async () => {
    alive = false;
    child.kill('SIGKILL');
    await gone;
  };

  const ready = new Promise<FunctionError | undefined>((resolve) => {
    const timer = setTimeout(() => {
      resolve({ errorType: 'Sandbox.Timedout', errorMessage: `Init timed out after ${INIT_MS / 1000}.00 seconds` });
      void kill();
    }, INIT_MS);
    let failure: FunctionError | undefined;
    const settle = (error?: FunctionError) => {
      clearTimeout(timer);
      resolve(error);
    };
    receive = (message) => {
      if (message.kind === 'ready') settle();
      if (message.kind === 'init-error') failure = message.error;
    };
    void gone.then((exit) => settle(failure ?? exit));
  });
  tell(init);

  return {
    ready,
    kill,
    reroute: (table) => void tell({ kind: 'reroute', table }),
    signal: (signal) => void child.kill(signal),
    get alive() {
      return alive;
    },
    async invoke(invocation, timeoutMs, onChunk) {
      const { requestId } = invocation;
      let timedOut = false;
      const timer = setTimeout(() => {
        timedOut = true;
        void kill();
      }, timeoutMs);
      const answered = new Promise<Extract<FromFunction, { kind: 'done' }>>((resolve) => {
        receive = (message) => {
          if (!('requestId' in message) || message.requestId !== requestId || timedOut) return;
          if (message.kind === 'chunk') onChunk(Buffer.from(message.data));
          else {
            clearTimeout(timer);
            resolve(message);
          }
        };
      });
      tell(invocation);
      const answer = await Promise.race([answered, gone.then(() => undefined)]);
      clearTimeout(timer);
      if (answer === undefined) {
        const { errorType, errorMessage } = timedOut ? timeout(timeoutMs) : await exited;
        const error = { errorType, errorMessage: `RequestId: ${requestId} Error: ${errorMessage}` };
        return { timedOut, maxMemoryMb: 0, error };
      }
      const lines = Promise.all(outputs.map((output) => output.until(lastLineOf(requestId))));
      await (answer.last ? gone : Promise.race([lines, gone]));
      const { error, maxMemoryMb } = answer;
      return { timedOut: false, maxMemoryMb, ...(error !== undefined && { error }) };
    },
  };
}

function timeout(timeoutMs: number): FunctionError {
  const seconds = (timeoutMs / 1000).toFixed(2);
  return { errorType: 'Sandbox.Timedout', errorMessage: `Task timed out after ${seconds} seconds` };
}

function heard(child: ChildProcess, event: 'disconnect' | 'close'): Promise<void> {
  return new Promise((resolve) => child.once(event, () => resolve()));
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
}
