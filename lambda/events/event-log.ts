import { EVENT_METRICS, METRIC_DIMENSIONS } from '../../contract/metric-names.ts';
import { createMetricGroup, toEmbeddedMetrics } from '../audit/embedded-metrics.ts';
import { writeLogLine } from '../audit/write-log-line.ts';
import type { FrontRecord } from '../front/front-log.ts';
import type { EventDisposition } from './event-dispositions.ts';

/**
 * The members that the log has for one try of an event. Like a request's, it has no values of the event except those that commands show,
 * with secrets masked.
 */
export interface EventRecord extends FrontRecord {
  /** The name of the event in the configuration. */
  event?: string;
  /** EventBridge's id of the event, which a repeat of a producer changes. */
  eventId?: string;
  /** How often SQS has delivered the message, this time included. */
  receiveCount?: number;
  /** The time since the message arrived in the queue. */
  ageMs?: number;
  disposition?: EventDisposition;
  /** When a message that went back to the queue is delivered again, in seconds. */
  delaySeconds?: number;
}

const { environment, event } = METRIC_DIMENSIONS;
const METRIC_GROUPS = [createMetricGroup(EVENT_METRICS, [[environment], [environment, event]])];

/** @param at milliseconds since the epoch */
export function writeEvent(record: EventRecord, at: number): void {
  const isKnown = record.environment !== undefined && record.event !== undefined;
  const metrics = isKnown ? toEmbeddedMetrics(METRIC_GROUPS, readMetrics(record), at) : {};
  writeLogLine({ audit: 'request', ...record, ...metrics });
}

const readMetrics = ({ disposition, ageMs }: EventRecord): Record<keyof typeof EVENT_METRICS, number | undefined> => ({
  EventsDone: Number(disposition === 'done'),
  EventsDelayed: Number(disposition === 'later'),
  EventsDead: Number(disposition === 'never'),
  EventAge: ageMs,
});
