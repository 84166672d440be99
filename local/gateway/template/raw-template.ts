/** A CloudFormation template with unresolved references. */
export interface RawTemplate {
  Resources: Record<string, RawResource>;
  Parameters?: Record<string, RawParameter>;
  Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  Conditions?: Record<string, unknown>;
  Outputs?: Record<string, { Value: unknown; Condition?: string }>;
}

export interface RawParameter {
  Type: string;
  Default?: unknown;
  AllowedPattern?: string;
  AllowedValues?: (string | number)[];
  MinValue?: number;
  MaxValue?: number;
}

export interface RawResource {
  Type: string;
  Properties?: Record<string, unknown>;
  Condition?: string;
  DependsOn?: string | string[];
}
