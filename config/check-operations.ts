import type { ConfigCheck } from './config-types.ts';

/** Warns if nobody is notified of alarms, unless the configuration says so with an empty list. */
export const checkOperations: ConfigCheck = ({ alarmTopics }) =>
  alarmTopics !== undefined
    ? []
    : [
        {
          path: ['operations', 'alarmTopics'],
          message:
            'is not set, so the alarms notify nobody. List the ARN of an SNS topic that your team reads, or set it to []',
          warning: true,
        },
      ];
