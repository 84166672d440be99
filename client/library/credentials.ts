/** AWS credentials that requests are signed with. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Credentials, or a function that returns them when they are needed. */
export type CredentialSource = Credentials | (() => Promise<Credentials>);

/**
 * Finds credentials in the order of AWS's own tools. Variables are read immediately. The provider chain of the AWS SDK (profiles,
 * SSO, web identity, containers, instances) is loaded only if they are missing.
 */
export function resolveCredentials(
  environment: NodeJS.ProcessEnv,
  profile = environment.AWS_PROFILE,
): CredentialSource {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = environment;
  // A profile takes precedence over key variables, as in the AWS SDK for JavaScript.
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
