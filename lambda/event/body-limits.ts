/**
 * Size limit of the body of a request for the REST API. The front sends it to the REST relay in JSON, where each character can take six
 * bytes, and Lambda accepts payloads of 6 MB.
 */
export const MAX_CALL_BODY_BYTES = 900 * 1024;
