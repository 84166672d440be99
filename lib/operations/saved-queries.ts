import { Stack } from 'aws-cdk-lib';
import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface SavedQueriesProps {
  /** The log groups of the relays. */
  readonly relays: readonly ILogGroup[];
  /** The access log of the API. */
  readonly accessLog: ILogGroup;
}

/** A query of CloudWatch Logs Insights. */
export interface SavedQuery {
  /** The construct ID. It must not change with the name. */
  readonly id: string;
  readonly name: string;
  /** The commands of the query, which `|` connects. */
  readonly commands: readonly string[];
}

/** The maximum number of log groups in a query. Source: CloudWatch Logs quotas. */
const MAX_LOG_GROUPS = 50;

const COMMAND_FIELDS = 'command.0, command.1, command.2, command.3';

/**
 * Queries of the audit log. CloudWatch Logs Insights finds the members of the first JSON object in a line of a Lambda function,
 * even if text precedes it. Items of a list have numbers.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
 */
export const RELAY_QUERIES: readonly SavedQuery[] = [
  {
    id: 'WhoRanWhat',
    name: 'who ran what',
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
    commands: [
      'filter audit = "outcome" and decision = "refused"',
      'stats count(*) as times, latest(@timestamp) as last by caller, environment, command.0, command.1',
      'sort times desc',
    ],
  },
  {
    id: 'UnknownOutcomes',
    name: 'unknown outcomes',
    commands: [
      `fields @timestamp, environment, caller, ${COMMAND_FIELDS}, problem, upstreamStatus, lambdaRequestId`,
      'filter audit = "outcome" and problem in ["outcome-unknown", "outcome-unclear"]',
      'sort @timestamp desc',
    ],
  },
  {
    id: 'MissingOutcomes',
    name: 'requests without an outcome',
    commands: [
      'filter ispresent(audit)',
      'stats count(*) as lines, latest(audit) as last, latest(environment) as where, latest(caller) as who by lambdaRequestId',
      'filter lines = 1 and last = "intent"',
    ],
  },
  {
    id: 'SlowCommands',
    name: 'slow commands',
    commands: [
      `fields @timestamp, environment, durationMs, postMs, posts, ${COMMAND_FIELDS}`,
      'filter audit = "outcome"',
      'sort durationMs desc',
      'limit 50',
    ],
  },
  {
    id: 'TokenFailures',
    name: 'token failures',
    commands: [
      'fields @timestamp, environment, problem, caller, lambdaRequestId',
      'filter audit = "outcome" and problem in ["token-throttled", "token-not-permitted", "token-unreachable", "token-timeout", "token-refused", "host-refused", "no-such-environment", "environment-not-available"]',
      'sort @timestamp desc',
    ],
  },
];

/** Queries of the access log, whose lines are JSON only. */
export const ACCESS_LOG_QUERIES: readonly SavedQuery[] = [
  {
    id: 'RejectedByGateway',
    name: 'rejected by API Gateway',
    commands: [
      'filter ispresent(errorType) and errorType != "-"',
      'stats count(*) as times, latest(@timestamp) as last by errorType, caller, subject, resourcePath',
      'sort times desc',
    ],
  },
];

/** Saved queries of CloudWatch Logs Insights, in a folder with the name of the stack. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { relays, accessLog }: SavedQueriesProps) {
    super(scope, id);
    if (relays.length > 0) this.#save(RELAY_QUERIES, relays);
    this.#save(ACCESS_LOG_QUERIES, [accessLog]);
  }

  #save(queries: readonly SavedQuery[], logGroups: readonly ILogGroup[]): void {
    for (const { id, name, commands } of queries) {
      new CfnQueryDefinition(this, id, {
        name: `${Stack.of(this).stackName}/${name}`,
        queryString: commands.join('\n| '),
        logGroupNames: logGroups.slice(0, MAX_LOG_GROUPS).map(({ logGroupName }) => logGroupName),
      });
    }
  }
}
