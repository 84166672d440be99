/**
 * `console` in a function, as Lambda's runtime writes it: in text format `time, request id, level, message` with tabs and
 * each event on one line, in JSON format an object a line (documented: Lambda developer guide, "Log and monitor Node.js
 * functions"; levels are filtered by `AWS_LAMBDA_LOG_LEVEL` in JSON format).
 */
import { format } from 'node:util';

const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** Replaces `console`'s methods. `requestId` tells which invocation runs. */
export function installConsole(requestId: () => string | undefined): void {
  const json = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';
  const least = LOG_LEVELS.indexOf((process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase() ?? 'TRACE') as LogLevel);
  const at =
    (level: LogLevel) =>
    (...values: unknown[]): void => {
      if (json && LOG_LEVELS.indexOf(level) < least) return;
      const timestamp = new Date().toISOString();
      const [only] = values;
      const message = values.length === 1 && json && !(only instanceof Error) ? only : format(...values);
      const line = json
        ? JSON.stringify({ timestamp, level, requestId: requestId(), message })
        : `${timestamp}\t${requestId()}\t${level}\t${message}`;
      process.stdout.write(`${line.replaceAll('\n', '\r')}\n`);
    };
  Object.assign(console, {
    trace: at('TRACE'),
    debug: at('DEBUG'),
    info: at('INFO'),
    log: at('INFO'),
    warn: at('WARN'),
    error: at('ERROR'),
    fatal: at('FATAL'),
  });
}
