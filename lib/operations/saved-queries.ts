import { Stack } from 'aws-cdk-lib';
import { CfnQueryDefinition, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface SavedQueriesProps {
  /** Of the relays. */
  readonly relays: readonly ILogGroup[];
  /** Of the API. */
  readonly accessLog: ILogGroup;
}

/** Most log groups of one query. Source: CloudWatch Logs quotas. */
const MAX_LOG_GROUPS = 50;

const COMMAND_FIELDS = 'command.0, command.1, command.2, command.3';

/**
 * Queries of the audit lines. Logs Insights finds the members of the first JSON in a line of a Lambda function by itself, whatever
 * stands before it, and those of a list by their number.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
 */
export const RELAY_QUERIES: Readonly<Record<string, readonly string[]>> = {
  'who ran what': [
    `fields @timestamp, environment, caller, ${COMMAND_FIELDS}, outcome, problem, requestId`,
    'filter audit = "outcome" and decision = "allowed"',
    'sort @timestamp desc',
    'limit 500',
  ],
  'what was refused, and to whom': [
    'filter audit = "outcome" and decision = "refused"',
    'stats count(*) as times, latest(@timestamp) as last by caller, environment, command.0, command.1',
    'sort times desc',
  ],
  'open fates': [
    `fields @timestamp, environment, caller, ${COMMAND_FIELDS}, problem, upstreamStatus, lambdaRequestId`,
    'filter audit = "outcome" and problem in ["outcome-unknown", "outcome-unclear"]',
    'sort @timestamp desc',
  ],
  'functions that died on the way': [
    'filter ispresent(audit)',
    'stats count(*) as lines, latest(audit) as last, latest(environment) as where, latest(caller) as who by lambdaRequestId',
    'filter lines = 1 and last = "intent"',
  ],
  'slow commands': [
    `fields @timestamp, environment, durationMs, postMs, posts, ${COMMAND_FIELDS}`,
    'filter audit = "outcome"',
    'sort durationMs desc',
    'limit 50',
  ],
  'token failures': [
    'fields @timestamp, environment, problem, caller, lambdaRequestId',
    'filter audit = "outcome" and problem in ["token-throttled", "token-not-permitted", "token-unreachable", "token-timeout", "token-refused", "host-refused", "no-such-environment", "environment-not-available"]',
    'sort @timestamp desc',
  ],
};

/** Queries of the access log, whose lines are JSON and nothing else. */
export const ACCESS_LOG_QUERIES: Readonly<Record<string, readonly string[]>> = {
  'refused at the gateway': [
    'filter ispresent(errorType) and errorType != "-"',
    'stats count(*) as times, latest(@timestamp) as last by errorType, caller, subject, resourcePath',
    'sort times desc',
  ],
};

/** Ready queries of CloudWatch Logs Insights, in a folder of the stack's name. */
export class SavedQueries extends Construct {
  constructor(scope: Construct, id: string, { relays, accessLog }: SavedQueriesProps) {
    super(scope, id);
    const save = (queries: typeof RELAY_QUERIES, groups: readonly ILogGroup[]) => {
      for (const [name, lines] of Object.entries(queries)) {
        new CfnQueryDefinition(this, name.replaceAll(/\W+/g, '-'), {
          name: `${Stack.of(this).stackName}/${name}`,
          queryString: lines.join('\n| '),
          logGroupNames: groups.slice(0, MAX_LOG_GROUPS).map(({ logGroupName }) => logGroupName),
        });
      }
    };
    if (relays.length > 0) save(RELAY_QUERIES, relays);
    save(ACCESS_LOG_QUERIES, [accessLog]);
  }
}
