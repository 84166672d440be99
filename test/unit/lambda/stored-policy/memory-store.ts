import { hash } from 'node:crypto';
import { formatStoredPolicy } from '../../../../config/stored-policy.ts';
import type { FetchPolicyObject, PolicyObject } from '../../../../lambda/stored-policy/fetch-policy-object.ts';
import type { Grant } from '../../../../policy/grant.ts';

export const sha256 = (text: string): string => hash('sha256', text);

/** S3 with one object, in memory. */
export interface MemoryStore {
  readonly fetchObject: FetchPolicyObject;
  /** What was asked for: the ETags. */
  readonly asked: (string | undefined)[];
  push(version: number, grants: readonly Grant[], more?: { environment?: string; airflow?: readonly string[] }): void;
  write(text: string): void;
  /** What happens with the next requests: an answer, or an error. Undefined: S3 works. */
  fail(failure: PolicyObject | Error | undefined): void;
}

export function createMemoryStore(): MemoryStore {
  let stored: { text: string; etag: string } | undefined;
  let failure: PolicyObject | Error | undefined;
  const asked: (string | undefined)[] = [];
  const write = (text: string) => {
    stored = { text, etag: `"${sha256(text)}"` };
  };
  return {
    asked,
    write,
    push: (version, grants, { environment = 'prod', airflow = ['2.10.3'] } = {}) =>
      write(formatStoredPolicy({ environment, airflow, grants }, version, sha256)),
    fail: (next) => {
      failure = next;
    },
    fetchObject: async (etag) => {
      asked.push(etag);
      if (failure instanceof Error) throw failure;
      if (failure !== undefined) return failure;
      if (stored === undefined) return { status: 404, text: '<Error><Code>NoSuchKey</Code></Error>' };
      return etag === stored.etag ? { status: 304, text: '' } : { status: 200, ...stored };
    },
  };
}
