/** What CloudFormation reads at the response URL. Source: CloudFormation user guide, "Custom resource response objects". */
export interface CustomResourceResponse {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly Data: Readonly<Record<string, string>>;
}

/** CloudFormation rejects a longer response. */
export const MAX_RESPONSE_BYTES = 4096;

/** Shortens the reason, and if that is not enough leaves the data out, until CloudFormation accepts the response. Returns its JSON text. */
export function fitResponse(response: CustomResourceResponse): string {
  const measure = (candidate: CustomResourceResponse) => Buffer.byteLength(JSON.stringify(candidate));
  const fits = (candidate: CustomResourceResponse) => measure(candidate) <= MAX_RESPONSE_BYTES;
  const { RunId } = response.Data;
  const candidates = [response.Data, RunId === undefined ? {} : { RunId }, {}];
  const Data = candidates.find((data) => fits({ ...response, Reason: '', Data: data })) ?? {};
  const base = { ...response, Data };
  if (fits(base)) return JSON.stringify(base);
  const characters = [...base.Reason];
  let [low, high] = [0, characters.length];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits({ ...base, Reason: `${characters.slice(0, middle).join('')}…` })) low = middle;
    else high = middle - 1;
  }
  return JSON.stringify({ ...base, Reason: `${characters.slice(0, low).join('')}…` });
}
