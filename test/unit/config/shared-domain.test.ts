import { expect, test } from 'vitest';
import { isSharedDomain } from '../../../config/shared-domain.ts';

test.each([
  'on.aws',
  'us-east-1.on.aws',
  'lambda-url.us-east-1.on.aws',
  'api.aws',
  'amazonaws.com',
  'us-east-1.amazonaws.com',
  'execute-api.us-east-1.amazonaws.com',
  'elb.amazonaws.com',
  's3.amazonaws.com',
  'airflow.s3.amazonaws.com',
  'vpce.amazonaws.com',
  'amazonaws.com.cn',
  'on.amazonwebservices.com.cn',
  'cloudfront.net',
  'awsapprunner.com',
  'co.uk',
  'com.au',
  'github.io',
  'ngrok-free.app',
  'workers.dev',
])('everyone can get a name in %s', (domain) => expect(isSharedDomain(domain)).toBe(true));

test.each([
  'airflow.example.com',
  'example.com',
  'example.co.uk',
  'my-amazonaws.com',
  'on.aws.example.com',
  'us-east-1.airflow.amazonaws.com',
  'abc.c1.us-east-1.airflow.amazonaws.com',
  'airflow.us-east-1.on.aws',
  'airflow.us-east-1.api.aws',
  'airflow.cn-north-1.on.amazonwebservices.com.cn',
  'team.github.io',
])('%s belongs to one owner', (domain) => expect(isSharedDomain(domain)).toBe(false));
