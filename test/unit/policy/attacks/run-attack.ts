import { expect, test } from 'vitest';
import type { Catalog } from '../../../../airflow/catalog.ts';
import { completeInvocation } from '../../../../airflow/complete-invocation.ts';
import { parseInvocation } from '../../../../airflow/parse-invocation.ts';
import { renderCommandLine } from '../../../../airflow/render-command-line.ts';
import { splitCommandLine } from '../../../../airflow/split-command-line.ts';
import { readRequestBody } from '../../../../lambda/event/read-request-body.ts';
import { authorize } from '../../../../policy/authorize.ts';
import { type Caller, callerFromArn } from '../../../../policy/caller.ts';
import { compilePolicy } from '../../../../policy/compile-policy.ts';

export const ROLE = 'arn:aws:iam::111122223333:role/reporting-*';
export const SESSION = 'arn:aws:sts::111122223333:assumed-role/reporting-nightly/job-1';
export const TRIGGER = 'dags trigger reporting_* --conf=* --run-id=*';

export const ALLOWED = 'allowed';
/** Denied by the policy. */
export const DENIED = 'denied';
/** Rejected before authorization: the caller cannot be identified, or the command is invalid. Any code of a refusal or problem. */
export const REJECTED = 'rejected';
/** The grant is invalid and grants nothing. */
export const FAULT = 'a fault of the grant';
/** The policy may deny the command or reject the grant. */
export const DENIED_OR_FAULT = 'denied or a fault of the grant';

export type AttackResult = typeof ALLOWED | typeof DENIED | typeof REJECTED | typeof FAULT;

/** The request of an attack: a command as text, an argv, or a JSON request body. */
export type AttackRequest = string | readonly string[] | { readonly body: string };

interface Attack {
  readonly catalog: Catalog;
  readonly who?: string;
  readonly may: string | readonly string[];
  /** undefined: the request does not identify a caller. */
  readonly caller: Caller | undefined;
  readonly request: AttackRequest;
}

/** Runs every step of a request before sending. An allowed invocation must also be allowed after rendering and parsing it again. */
export function runAttack({ catalog, who = ROLE, may, caller, request }: Attack): AttackResult {
  const { policy, faults } = compilePolicy([{ who: [who], may: [may].flat(), line: 1 }], catalog);
  if (faults.length > 0) return FAULT;
  if (caller === undefined) return REJECTED;
  const parseRequest = () => parseInvocation(catalog, toArgv(request));
  try {
    parseRequest();
  } catch (error) {
    expect((error as { code?: string }).code).toEqual(expect.any(String));
    return REJECTED;
  }
  const invocation = parseRequest();
  if (authorize(policy, caller, completeInvocation(invocation, 'json', 'proxy-run-id')) === undefined) return DENIED;
  const renderedAndParsed = parseInvocation(catalog, splitCommandLine(renderCommandLine(invocation)));
  expect(authorize(policy, caller, renderedAndParsed)).toBeDefined();
  return ALLOWED;
}

function toArgv(request: AttackRequest): readonly string[] {
  if (typeof request === 'string') return splitCommandLine(request);
  return 'body' in request ? readRequestBody('application/json', Buffer.from(request.body)).argv : request;
}

export type CommandAttack = [
  name: string,
  rules: string | readonly string[],
  request: AttackRequest,
  expected: AttackResult | typeof DENIED_OR_FAULT,
  reason: string,
];

/** Defines one test for each attack. The grant of the caller has the rules of the attack. */
export function testCommandAttacks(catalog: Catalog, attacks: readonly CommandAttack[]): void {
  for (const [name, rules, request, expected, reason] of attacks) {
    // Some requests have a million characters.
    const shown = JSON.stringify(request).slice(0, 120);
    test(`${name}: with the rule "${rules}", ${shown} is ${expected}: ${reason}`, () => {
      const result = runAttack({ catalog, may: rules, caller: callerFromArn(SESSION), request });
      expect(expected.split(' or ')).toContain(result);
    });
  }
}
