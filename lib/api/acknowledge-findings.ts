import { Validations } from 'aws-cdk-lib';
import type { Method, RestApi } from 'aws-cdk-lib/aws-apigateway';
import type { CallerKind } from './caller-kind.ts';

/** Explains the findings of cdk-nag about the API and its stage. */
export function acknowledgeApiFindings(api: RestApi, hasWebAcl: boolean): void {
  Validations.of(api.node.findChild('Resource')).acknowledge({
    id: 'AwsSolutions-APIG2',
    reason: 'The functions validate the request body. It may be JSON or text, and each problem says what to change.',
  });
  Validations.of(api.deploymentStage).acknowledge({
    id: 'AwsSolutions-APIG6',
    reason:
      'Execution logs contain headers and bodies, including secrets. The access log and the audit log replace them.',
  });
  if (!hasWebAcl) {
    Validations.of(api.deploymentStage).acknowledge({
      id: 'AwsSolutions-APIG3',
      reason: 'A web ACL is optional (api.webAcl), because every request is authorized.',
    });
  }
  const logRole = api.node.tryFindChild('CloudWatchRole');
  if (logRole === undefined) return;
  Validations.of(logRole).acknowledge({
    id: `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]`,
    reason: 'AWS provides this policy for the account-wide role with which API Gateway writes logs.',
  });
}

const AUTHORIZATION_REASONS: Readonly<Record<CallerKind, string>> = {
  iam: 'Callers are IAM principals, who sign requests with Signature Version 4. They are not users of a Cognito user pool.',
  oidc: 'Callers send a token of an OIDC issuer, which a Lambda authorizer checks.',
};

/** Explains why a method has no Cognito authorizer. */
export function acknowledgeAuthorization(method: Method, kind: CallerKind): void {
  Validations.of(method).acknowledge({ id: 'AwsSolutions-COG4', reason: AUTHORIZATION_REASONS[kind] });
}
