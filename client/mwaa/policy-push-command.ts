import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { escapeInvisible } from '../../airflow/escape-text.ts';
import { formatGrantRules } from '../../config/active-grants.ts';
import { formatLocatedIssue } from '../../config/config-error.ts';
import { type CheckedPolicy, parsePolicyFile, toPolicyConfig } from '../../config/policy-file.ts';
import { digestPolicy, formatStoredPolicy, InvalidPolicyError, type StoredPolicy } from '../../config/stored-policy.ts';
import { MAX_POLICY_BYTES, POLICY_CACHE_SECONDS } from '../../contract/stored-policy.ts';
import { CATALOGS } from '../../files/catalogs.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { parsePolicyAddress } from './policy/policy-address.ts';
import {
  openPolicyStore,
  PolicyStoreError,
  readPolicyObject,
  type StoredObject,
  sha256,
} from './policy/policy-object.ts';

export const POLICY_PUSH_USAGE = `Usage: mwaa policy push FILE --to s3://BUCKET/policy.json [--replaces VERSION] [--dry-run]

Checks a policy file like the grants of a configuration, and stores it for a deployment without the CDK. Its functions use it a few
seconds later. An invalid file is not stored. Shows which rules are added and removed. FILE is YAML:

  environment: analytics-prod
  airflow: 2.10.3                   # or, for an upgrade, a list: [2.10.3, 2.11.0]
  grants:
    - who: arn:aws:iam::111122223333:role/reporting-nightly
      may: [dags trigger reporting_* --conf=*, '@read']

  --to ADDRESS        output PolicyAddress of the stack
  --replaces VERSION  store it only if the stored version is this one; 0: if none is stored
  --force             replace a stored policy that is for another environment or cannot be read
  --dry-run           check and compare only
  --region REGION     region of the bucket; default AWS_REGION, or the region in the AWS configuration file
  --profile PROFILE   profile in the AWS configuration file; default AWS_PROFILE

Exit codes: 0 stored, or equal to what is stored, 1 not stored or, if S3 gave no answer, not known, 2 invalid file or usage.
`;

/** @throws UsageError, ConfigError */
export async function policyPushCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      to: { type: 'string' },
      replaces: { type: 'string' },
      force: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      region: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    terminal.stdout(POLICY_PUSH_USAGE);
    return 0;
  }
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) throw new UsageError('Specify exactly one policy file.');
  if (values.to === undefined) throw new UsageError('Specify where to store the policy: --to s3://BUCKET/policy.json.');
  if (values.replaces !== undefined && !/^\d{1,9}$/.test(values.replaces))
    throw new UsageError(
      `--replaces ${values.replaces} is not a version. Write a number, as "mwaa policy show" prints it.`,
    );
  parsePolicyAddress(values.to);
  const policy = loadPolicyFile(file);
  for (const warning of policy.warnings) terminal.stderr(`warning  ${formatLocatedIssue(file, warning)}\n`);
  const printMessage = (text: string) => terminal.stderr(`mwaa policy push: ${text}\n`);
  try {
    const scope = { region: values.region, profile: values.profile };
    const store = await openPolicyStore(values.to, scope, terminal);
    const object = await store.get();
    const stored = object && readReplaced(object, policy, values.force);
    const expected = values.replaces === undefined ? undefined : Number(values.replaces);
    if (expected !== undefined && expected !== (stored?.version ?? 0)) {
      printMessage(`version ${stored?.version ?? 0} is stored, and not ${expected}. Nothing was stored.`);
      return 1;
    }
    const digest = digestPolicy(policy.content, sha256);
    if (stored?.digest === digest) {
      terminal.stdout(`version ${stored.version} already grants the same (digest ${digest})\n`);
      return 0;
    }
    terminal.stdout(describeChanges(stored, policy));
    const version = (stored?.version ?? 0) + 1;
    const text = formatStoredPolicy(policy.content, version, sha256);
    if (Buffer.byteLength(text) > MAX_POLICY_BYTES) {
      printMessage(`the policy has ${Buffer.byteLength(text)} bytes, and functions read at most ${MAX_POLICY_BYTES}.`);
      return 1;
    }
    if (values['dry-run']) {
      terminal.stdout(`version ${version} would be stored (digest ${digest})\n`);
      return 0;
    }
    await store.put(text, object);
    terminal.stdout(
      `version ${version} is stored (digest ${digest}). It applies within ${POLICY_CACHE_SECONDS} seconds\n`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof PolicyStoreError)) throw error;
    printMessage(error.message);
    return 1;
  }
}

/** @throws UsageError, ConfigError */
export function loadPolicyFile(file: string): CheckedPolicy {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UsageError(`${file} cannot be read (${(cause as NodeJS.ErrnoException).code}).`, { cause });
  }
  return parsePolicyFile(text, file, CATALOGS);
}

/** What the new policy replaces. Undefined: something that is no policy. */
function readReplaced(object: StoredObject, { content }: CheckedPolicy, force: boolean): StoredPolicy | undefined {
  try {
    const stored = readPolicyObject(object);
    if (stored.environment === content.environment || force) return stored;
    throw new PolicyStoreError(
      `the stored policy is for ${stored.environment}, and this one for ${content.environment}. Check the address, or use --force.`,
    );
  } catch (error) {
    if (!(error instanceof InvalidPolicyError)) throw error;
    if (force) return undefined;
    throw new PolicyStoreError(`what is stored is no valid policy: ${error.message}. Replace it with --force.`);
  }
}

/** The rules that are added and removed, one caller and rule on a line. */
function describeChanges(stored: StoredPolicy | undefined, { config }: CheckedPolicy): string {
  const before = stored === undefined ? [] : formatGrantRules(toPolicyConfig(stored).grants);
  const after = formatGrantRules(config.grants.filter(({ enabled }) => enabled));
  return [
    ...before.filter((rule) => !after.includes(rule)).map((rule) => `- ${escapeInvisible(rule)}\n`),
    ...after.filter((rule) => !before.includes(rule)).map((rule) => `+ ${escapeInvisible(rule)}\n`),
  ].join('');
}
