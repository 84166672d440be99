import type { FrontFile, FrontFileEnvironment } from './front-file.ts';
import type { RelayFile } from './relay-file.ts';

/*
 * The data files of the functions of a deployment without the CDK. They are the same in every deployment: parameters of the template
 * become environment variables, and the grants are in the stored policy.
 */

/** The data file of the front. */
export interface StackFrontFile extends Omit<FrontFile, 'grants' | 'environments'> {
  readonly environment: Pick<FrontFileEnvironment, 'queueSeconds' | 'maxQueueSeconds'>;
}

/** The data file of the relay. */
export type StackRelayFile = Pick<RelayFile, 'webServerDomains' | 'timeouts' | 'limits'>;
