import { parseArgs } from 'node:util';
import { formatPolicyFile } from '../../config/policy-file.ts';
import { type Terminal, UsageError } from '../terminal.ts';
import { fetchStoredPolicy, PolicyStoreError } from './policy/policy-object.ts';

export const POLICY_SHOW_USAGE = `Usage: mwaa policy show s3://BUCKET/policy.json [--json]
       mwaa policy show FILE

Prints the stored policy of a deployment without the CDK as a policy file, which "mwaa policy push" accepts. Its first line has the
version and the digest, as in the audit log. FILE is an object that was copied from the bucket, such as an older version.

  --json             print the object as it is
  --region REGION    region of the bucket; default AWS_REGION, or the region in the AWS configuration file
  --profile PROFILE  profile in the AWS configuration file; default AWS_PROFILE

Exit codes: 0 printed, 1 there is no valid policy, 2 invalid usage.
`;

/** @throws UsageError */
export async function policyShowCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      region: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    terminal.stdout(POLICY_SHOW_USAGE);
    return 0;
  }
  const [address, ...others] = positionals;
  if (address === undefined || others.length > 0) throw new UsageError('Specify the address: s3://BUCKET/policy.json.');
  try {
    const scope = { region: values.region, profile: values.profile };
    const { object, policy } = await fetchStoredPolicy(address, scope, terminal);
    terminal.stdout(
      values.json ? object.text : `# version ${policy.version}, digest ${policy.digest}\n${formatPolicyFile(policy)}`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof PolicyStoreError)) throw error;
    terminal.stderr(`mwaa policy show: ${error.message}\n`);
    return 1;
  }
}
