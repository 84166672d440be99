/**
 * Reads the credentials that Lambda sets in a function's environment variables. The bundler substitutes this module for the AWS SDK's
 * credential chain (files, SSO, container and instance metadata), which a function does not use and which is half of the bundle.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function defaultProvider() {
  return async () => ({
    accessKeyId: process.env.AWS_ACCESS_KEY_ID ?? '',
    secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY ?? '',
    sessionToken: process.env.AWS_SESSION_TOKEN ?? '',
  });
}
