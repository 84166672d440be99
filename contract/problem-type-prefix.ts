/** What precedes the code in the `type` of a problem. Other types are not of this API. */
export const PROBLEM_TYPE_PREFIX = 'urn:mwaa-cli-proxy:problem:';
