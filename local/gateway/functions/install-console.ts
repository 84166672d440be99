/**
 * Replaces `console` in a function as Lambda's runtime does. Text format: time, request id, level and message, separated by tabs,
 * one event per line. JSON format: one object per line, filtered by `AWS_LAMBDA_LOG_LEVEL` (documented: Lambda developer guide,
 * "Log and monitor Node.js functions").
 */
import { format } from 'node:util';

const LOG_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** @param getRequestId returns the id of the current invocation */
export function installConsole(getRequestId: () => string | undefined): void {
  const isJson = process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';
  const minLevel = LOG_LEVELS.indexOf((process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase() ?? 'TRACE') as LogLevel);
  const createLogMethod =
    (level: LogLevel) =>
    (...values: unknown[]): void => {
      if (isJson && LOG_LEVELS.indexOf(level) < minLevel) return;
      const timestamp = new Date().toISOString();
      const [first] = values;
      const message = values.length === 1 && isJson && !(first instanceof Error) ? first : format(...values);
      const line = isJson
        ? JSON.stringify({ timestamp, level, requestId: getRequestId(), message })
        : `${timestamp}\t${getRequestId()}\t${level}\t${message}`;
      process.stdout.write(`${line.replaceAll('\n', '\r')}\n`);
    };
  Object.assign(console, {
    trace: createLogMethod('TRACE'),
    debug: createLogMethod('DEBUG'),
    info: createLogMethod('INFO'),
    log: createLogMethod('INFO'),
    warn: createLogMethod('WARN'),
    error: createLogMethod('ERROR'),
    fatal: createLogMethod('FATAL'),
  });
}
