import { z } from 'zod';
import { DECLARED_NAME } from '../policy/caller.ts';
import { patternOrToken, strictObject } from './schema-types.ts';

/** Names of event rules and deployments: part of the names of functions and rules of AWS, which have at most 64 characters. */
export const declaredName = z
  .string()
  .regex(DECLARED_NAME, 'expected a name with lowercase letters, digits, and hyphens, like landing-files')
  .max(32, 'expected a name with at most 32 characters');

/** An event pattern of EventBridge: nested objects whose leaves are lists. EventBridge checks the rest. */
const eventPattern: z.ZodType<Record<string, unknown>> = z
  .record(z.string(), z.unknown())
  .refine((pattern) => Object.keys(pattern).length > 0, 'write at least one field, like source: [aws.s3]');

const scheduleExpression = z
  .string()
  .regex(
    /^(?:rate\((?:1 (?:minute|hour|day)|(?:[2-9]|[1-9]\d+) (?:minutes|hours|days))\)|cron\(.+\))$/,
    'expected an expression of EventBridge, like rate(1 hour), rate(2 hours) or cron(0 6 * * ? *)',
  )
  .refine((text) => {
    if (!text.startsWith('cron(')) return true;
    const fields = text.slice(5, -1).trim().split(/\s+/);
    return fields.length === 6 && (fields[2] === '?') !== (fields[4] === '?');
  }, 'cron of EventBridge has six fields: minutes, hours, day of month, month, day of week, year. One of the two days must be ?, like cron(0 6 * * ? *)');

/** Half the time that the queues keep a message. */
const MAX_GIVE_UP_HOURS = 7 * 24;

/** One event rule: which events run which command. `checkEvents` checks what its command means. */
export const eventSchema = strictObject({
  enabled: z.boolean().default(true),
  environment: z.string().min(1, 'name an environment'),
  /** The events, as EventBridge matches them. Either this or `schedule`. */
  pattern: eventPattern.optional(),
  schedule: scheduleExpression.optional(),
  /** The name of the event bus, in the account and region of the environment. Default: the default bus. */
  bus: patternOrToken('[\\w./-]{1,256}', 'expected the name of an event bus, like orders').optional(),
  /** The command, with placeholders for values of the event. */
  run: z.union([z.string().min(1), z.array(z.string()).min(1)], 'write a command, like dags trigger ingest'),
  /**
   * The values that make two events the same event, as in `detail.orderId`. Default: of an S3 object the bucket, key and sequencer, of a
   * schedule the time, and of any other event its id.
   */
  sameEvent: z.array(z.string().min(1)).min(1, 'list at least one value, like detail.orderId').optional(),
  /** How long an event is tried, in hours. Then it goes to the dead-letter queue. */
  giveUpHours: z.int().min(1).max(MAX_GIVE_UP_HOURS).default(24),
}).refine(({ pattern, schedule }) => (pattern === undefined) !== (schedule === undefined), {
  error: 'write either pattern or schedule',
  path: ['pattern'],
});
