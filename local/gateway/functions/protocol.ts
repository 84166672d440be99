/** The messages between the gateway and the processes that run functions, over Node's IPC channel. */

/** Sent once, as the first message. */
export interface InitMessage {
  kind: 'init';
  /** Folder of the function's code. */
  taskRoot: string;
  /** `file.export`, as in the template. */
  handler: string;
  network: NetworkRules;
}

/** The network of a function's outgoing connections. */
export interface NetworkRules {
  /**
   * `name:port` → `127.0.0.1:port` of the server that stands in for it. `refused`: the connection is refused. `silent`: the connection
   * times out. null: the name does not resolve.
   */
  table: Readonly<Record<string, string | null>>;
  /** Ports that the security groups allow. Undefined: any. */
  egress?: { from: number; to: number }[];
}

/** One invocation. */
export interface InvokeMessage {
  kind: 'invoke';
  requestId: string;
  /** The event, as JSON text. */
  event: string;
  /** Milliseconds since the epoch. */
  deadline: number;
  functionArn: string;
  traceId: string;
}

/** Replaces the network. */
export interface NetworkMessage {
  kind: 'set-network';
  table: NetworkRules['table'];
}

export type MessageToRuntime = InitMessage | InvokeMessage | NetworkMessage;

/** An error of a function, as Lambda reports it. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

export type MessageFromRuntime =
  | { kind: 'ready' }
  | { kind: 'init-error'; error: FunctionError }
  | { kind: 'chunk'; requestId: string; data: Uint8Array }
  /** `last`: the process exits after this message and accepts no further invocation. */
  | { kind: 'done'; requestId: string; error?: FunctionError; maxMemoryMb: number; last: boolean };

/** The line on stdout and stderr that marks the end of an invocation's output. */
export const formatEndMarker = (requestId: string): string => `\u0000end of ${requestId}`;
