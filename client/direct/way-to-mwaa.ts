import { createCliToken } from '../../lambda/mwaa/create-cli-token.ts';
import { poster } from '../../lambda/mwaa/post.ts';
import { commandSender, type SendCommand, type Upstream } from '../../lambda/mwaa/send-command.ts';
import { tokenCache } from '../../lambda/mwaa/token.ts';
import { onlyTrustedHosts } from '../../lambda/mwaa/trusted-host.ts';
import { tokenLimits } from '../../lambda/mwaa/upstream.ts';
import { LIMITS } from '../../lib/config/limits.ts';
import { TIME_OUTS } from '../../lib/config/time-outs.ts';
import type { MwaaAddress } from '../settings.ts';
import type { AwsAccess } from './aws-access.ts';
import { DIRECT_ADVICE } from './direct-advice.ts';

/** In milliseconds: where each step of the relay's ladder ends. */
export const MS = {
  connect: TIME_OUTS.connectSeconds * 1000,
  token: TIME_OUTS.tokenSeconds * 1000,
  post: TIME_OUTS.postSeconds * 1000,
  busy: TIME_OUTS.busySeconds * 1000,
  whole: TIME_OUTS.abortSeconds * 1000,
};

/** The way to one environment, once credentials and region are known. */
export interface WayToMwaa {
  readonly aws: AwsAccess;
  readonly upstream: Upstream;
  readonly send: SendCommand;
}

/** @param environment as MWAA calls it */
export function wayToMwaa(address: MwaaAddress, environment: string, aws: AwsAccess): WayToMwaa {
  const { webServerHostname, airflowVersion = '2.0.2' } = address;
  const create = createCliToken(environment, tokenLimits(MS.connect, MS.token), aws, DIRECT_ADVICE);
  const trusted = webServerHostname === undefined ? onlyTrustedHosts(create, [], DIRECT_ADVICE) : create;
  const upstream: Upstream = {
    tokens: tokenCache(trusted, Date.now, MS.token, DIRECT_ADVICE),
    // A release that is not known yet is asked as an older one: a newer one redirects.
    post: poster(
      airflowVersion,
      { connectMs: MS.connect, postMs: MS.post, answerBytes: 4 * LIMITS.answerBytes },
      Date.now,
    ),
    advice: DIRECT_ADVICE,
    hostname: webServerHostname,
    busyMs: MS.busy,
    requestMs: MS.whole,
  };
  return { aws, upstream, send: commandSender(upstream) };
}
