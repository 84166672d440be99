/** Two releases in one VPC, and what is switched off. */
export const TWO_ENVIRONMENTS = `
region: ap-southeast-2
account: "111122223333"
api: { callers: { accounts: ["111122223333"] } }
environments:
  prod:
    airflow: 2.10.3
    mwaaName: analytics
    vpc:
      id: vpc-0abc1234
      subnets: [subnet-0aaa1111, subnet-0bbb2222]
      webServerSecurityGroup: sg-0eee5555
      airflowEndpoint: { securityGroup: sg-0ddd4444, ingress: false }
  next:
    airflow: 3.0.6
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0fff6666 }
    concurrency: unreserved
    webServerHostname: airflow.example.com
    timeouts: { postSeconds: 100 }
  dormant:
    enabled: false
    airflow: 3.0.6
    vpc: { id: vpc-0abc1234, subnets: [subnet-0aaa1111], webServerSecurityGroup: sg-0fff6666 }
grants:
  - { who: everyone, where: "*", may: [version] }
  - { who: [etl, etl2], where: prod, may: [dags list, dags pause *] }
  - { who: later, where: prod, may: [dags delete *], enabled: false }
  - { who: sleeper, where: dormant, may: [dags list] }
`;

/** The members of `api:` for callers with tokens. */
export const OIDC_CONFIG = `oidc: { issuer: "https://id.example.com", audience: mwaa-cli-proxy, requiredClaims: { org: data } }`;
