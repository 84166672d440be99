/**
 * The AWS managed policies that the gateway supports, with the content that AWS documents (AWS Managed Policy Reference). It
 * rejects a role with any other managed policy, because it does not know what that policy allows.
 */
const LOG_ACTIONS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];

const createAllowPolicy = (...actions: string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
});

/** Keys are the part of the ARN after `:iam::aws:policy/`. */
export const MANAGED_POLICIES: Readonly<Record<string, unknown>> = {
  'service-role/AWSLambdaBasicExecutionRole': createAllowPolicy(...LOG_ACTIONS),
  'service-role/AWSLambdaVPCAccessExecutionRole': createAllowPolicy(
    ...LOG_ACTIONS,
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ),
  'service-role/AmazonAPIGatewayPushToCloudWatchLogs': createAllowPolicy(
    ...LOG_ACTIONS,
    'logs:DescribeLogGroups',
    'logs:DescribeLogStreams',
    'logs:GetLogEvents',
    'logs:FilterLogEvents',
  ),
};
