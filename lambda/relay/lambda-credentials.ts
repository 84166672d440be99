/**
 * The credentials Lambda sets in a function's environment. The bundle puts this in the place of the AWS SDK's whole
 * credential chain (files, SSO, container and instance metadata), none of which a function uses: half the bundle.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function defaultProvider() {
  return async () => ({
    accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? '',
    sessionToken: process.env.AWS_SESSION_TOKEN ?? '',
  });
}
