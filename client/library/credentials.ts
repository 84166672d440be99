/** What signs a request. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Credentials, or what gets them when they are needed. */
export type CredentialSource = Credentials | (() => Promise<Credentials>);

/**
 * Credentials as AWS's own tools find them: the variables, which are read at once; else the SDK's whole chain (profiles, SSO,
 * web identity, containers, instances), which is loaded only then.
 */
export function resolveCredentials(
  environment: NodeJS.ProcessEnv,
  profile = environment.AWS_PROFILE,
): CredentialSource {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment;
  // A profile that is named counts before the variables, as in the AWS SDK for JavaScript.
  if (profile || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    return async () => {
      const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
      return defaultProvider(profile ? { profile } : {})();
    };
  }
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  };
}
