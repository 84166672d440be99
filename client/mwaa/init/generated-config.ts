/** A configuration to start with, generated from AWS resources. */
export interface GeneratedConfig {
  readonly region: string;
  readonly account: string;
  readonly partition: string;
  readonly accountConcurrency: GeneratedSetting<number>;
  readonly functionPolicies: GeneratedSetting<'permissions'>;
  readonly logRole: GeneratedSetting<'create' | 'leave'>;
  readonly environments: readonly GeneratedEnvironment[];
}

/** A setting, and comments about it. */
export interface GeneratedSetting<Value> {
  /** Undefined if it is unknown. */
  readonly value?: Value;
  readonly notes: readonly string[];
}

export interface GeneratedEnvironment {
  /** Its key in the configuration: its name in MWAA, with a suffix if another environment has the same name. */
  readonly key: string;
  /** Why it cannot be in the configuration. Empty if it can. */
  readonly obstacles: readonly string[];
  /** Comments for the reader of the configuration. */
  readonly notes: readonly string[];
  readonly airflow: string;
  /** Undefined if it is the key. */
  readonly mwaaName?: string;
  /** Undefined if it is the account of the configuration. */
  readonly account?: string;
  /** Undefined if it is the region of the configuration. */
  readonly region?: string;
  /** Undefined: the default. */
  readonly concurrency?: number | 'unreserved';
  readonly network: GeneratedNetwork;
}

export interface GeneratedNetwork {
  /** Undefined if it is unknown. */
  readonly vpc: string | undefined;
  readonly subnets: readonly string[];
  readonly webServer: SecurityGroupChoice;
  readonly airflowEndpoint: SecurityGroupChoice;
}

/** A security group, and comments about how it was chosen or what to do if there is none. */
export interface SecurityGroupChoice {
  readonly securityGroup?: string;
  readonly notes: readonly string[];
}
