import { Stack } from 'aws-cdk-lib';
import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** The log groups. Each query reads some of them. */
export interface SavedQueriesProps {
  readonly front: ILogGroup;
  /** The log group of all relays. */
  readonly relays: ILogGroup;
  /** The access log of the API. */
  readonly accessLog: ILogGroup;
  /** Absent: no events run commands, and there are no queries for them. */
  readonly events?: ILogGroup | undefined;
}

/** A query of CloudWatch Logs Insights. */
export interface SavedQuery {
  /** The construct ID. It must not change with the name. */
  readonly id: string;
  readonly name: string;
  readonly logs: readonly (keyof SavedQueriesProps)[];
  /** The commands of the query, which `|` connects. */
  readonly commands: readonly string[];
}

const COMMAND_FIELDS = 'command.0, command.1, command.2, command.3';

/**
 * CloudWatch Logs Insights finds the members of the first JSON object in a line of a Lambda function, even if text precedes it. Items
 * of a list have numbers. The lines of the access log are JSON only.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
 */
export const SAVED_QUERIES: readonly SavedQuery[] = [
  {
    id: 'WhoRanWhat',
    name: 'who ran what',
    logs: ['relays'],
    commands: [
      `fields @timestamp, environment, caller, ${COMMAND_FIELDS}, outcome, problem, requestId`,
      'filter audit = "outcome" and decision = "allowed"',
      'sort @timestamp desc',
      'limit 500',
    ],
  },
  {
    id: 'RejectedCommands',
    name: 'rejected commands by caller',
    // The front decides first. A relay decides differently only while a deployment replaces one of them.
    logs: ['front', 'relays'],
    commands: [
      'filter decision = "refused"',
      'stats count(*) as times, latest(@timestamp) as last by caller, environment, command.0, command.1',
      'sort times desc',
    ],
  },
  {
    id: 'NoFreeSlot',
    name: 'requests without a free slot by caller',
    logs: ['front'],
    commands: [
      'filter audit = "request" and result = "busy"',
      'stats count(*) as times, max(queuedMs) as longestWaitMs, latest(@timestamp) as last by caller, environment',
      'sort times desc',
    ],
  },
  {
    id: 'UnknownOutcomes',
    name: 'unknown outcomes',
    // The front has a line even if the relay ended without one.
    logs: ['front', 'relays'],
    commands: [
      `fields @timestamp, audit, environment, caller, ${COMMAND_FIELDS}, result, problem, upstreamStatus, extendedRequestId`,
      'filter result in ["outcome-unknown", "outcome-unclear"] or problem in ["outcome-unknown", "outcome-unclear"]',
      'sort @timestamp desc',
    ],
  },
  {
    id: 'MissingOutcomes',
    name: 'requests without an outcome',
    logs: ['relays'],
    commands: [
      'filter ispresent(audit)',
      'stats count(*) as lines, latest(audit) as last, latest(environment) as where, latest(caller) as who by lambdaRequestId',
      'filter lines = 1 and last = "intent"',
    ],
  },
  {
    id: 'SlowCommands',
    name: 'slow commands',
    logs: ['relays'],
    commands: [
      `fields @timestamp, environment, queuedMs, durationMs, postMs, posts, ${COMMAND_FIELDS}`,
      'filter audit = "outcome"',
      'sort durationMs desc',
      'limit 50',
    ],
  },
  {
    id: 'SlowRestCalls',
    name: 'slow requests for the REST API',
    logs: ['relays'],
    commands: [
      'fields @timestamp, environment, caller, queuedMs, durationMs, postMs, posts, status, command.1, command.2',
      'filter audit = "outcome" and command.0 = "api"',
      'sort durationMs desc',
      'limit 50',
    ],
  },
  {
    id: 'TokenFailures',
    name: 'token failures',
    logs: ['relays'],
    commands: [
      'fields @timestamp, environment, problem, caller, lambdaRequestId',
      'filter audit = "outcome" and problem in ["token-throttled", "token-not-permitted", "token-unreachable", "token-timeout", "token-refused", "host-refused", "no-such-environment", "environment-not-available"]',
      'sort @timestamp desc',
    ],
  },
  {
    id: 'Events',
    name: 'events',
    logs: ['events'],
    commands: [
      `fields @timestamp, event, eventId, disposition, result, receiveCount, ageMs, delaySeconds, environment, ${COMMAND_FIELDS}, requestId`,
      'filter route = "event"',
      'sort @timestamp desc',
      'limit 500',
    ],
  },
  {
    id: 'RejectedByGateway',
    name: 'rejected by API Gateway',
    logs: ['accessLog'],
    commands: [
      'filter ispresent(errorType) and errorType != "-"',
      'stats count(*) as times, latest(@timestamp) as last by errorType, caller, subject, resourcePath',
      'sort times desc',
    ],
  },
];

/** Saved queries of CloudWatch Logs Insights, in a folder with the name of the stack. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, logGroups: SavedQueriesProps) {
    super(scope, id);
    for (const { id: queryId, name, logs, commands } of SAVED_QUERIES) {
      const groups = logs.flatMap((log) => logGroups[log] ?? []);
      if (groups.length === 0) continue;
      new CfnQueryDefinition(this, queryId, {
        name: `${Stack.of(this).stackName}/${name}`,
        queryString: commands.join('\n| '),
        logGroupNames: groups.map(({ logGroupName }) => logGroupName),
      });
    }
  }
}
