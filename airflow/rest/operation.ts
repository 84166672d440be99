/**
 * The REST operations of one Airflow release. Generated from the OpenAPI document in that release (`npm run operations -- RELEASE`),
 * and the names here are those of OpenAPI and JSON Schema.
 */
export interface OperationCatalog {
  /** The release, as in `2.10.3`. */
  readonly airflow: string;
  /** What the paths of the operations follow: `/api/v1` or `/api/v2`. */
  readonly basePath: '/api/v1' | '/api/v2';
  readonly operations: readonly Operation[];
  /** The schemas that others refer to, by name. */
  readonly schemas: Readonly<Record<string, Schema>>;
}

export interface Operation {
  /** `post_dag_run`. Unique within a release; the name of one operation may differ between releases. */
  readonly operationId: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/dags/{dag_id}/dagRuns`, without the base path. */
  readonly path: string;
  /** The parameters in the path, by name. */
  readonly pathParameters: Readonly<Record<string, Schema>>;
  readonly query: Readonly<Record<string, QueryParameter>>;
  /** Absent: the operation has no body. */
  readonly body?: OperationBody;
}

export interface QueryParameter {
  readonly schema: Schema;
  readonly required?: true;
  /** The items of an array are separated by commas in one value. Absent: an array repeats the parameter. */
  readonly joined?: true;
}

export interface OperationBody {
  readonly schema: Schema;
  readonly required?: true;
}

/**
 * What a value may be: a subset of JSON Schema. An object with `properties` has no others, unless `additionalProperties` says so. An
 * object with neither may have any.
 */
export interface Schema {
  /** A name in `schemas`. No other member is present. */
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  /** Absent, without `anyOf`, `enum` and `$ref`: any value. */
  readonly type?: 'string' | 'integer' | 'number' | 'boolean' | 'null' | 'array' | 'object';
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | true;
}
