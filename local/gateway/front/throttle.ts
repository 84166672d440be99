/**
 * Throttling of a stage's methods by token buckets (documented: API Gateway, "Throttle requests": best effort, a rate in
 * requests a second and a burst; a setting for a method overrides that for all). Without a setting the account's limits
 * hold, which a laptop does not reach. Assumed: what a method's own setting leaves out it has from the setting for all.
 */
import type { Method, MethodSetting } from '../template/gateway-model.ts';

/** Whether this request of a method may pass now. */
export type Throttle = (method: Method) => boolean;

/** @param now milliseconds since the epoch */
export function createThrottle(settings: readonly MethodSetting[], now: () => number): Throttle {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (method) => {
    const { rateLimit, burstLimit } = getLimits(settings, method);
    if (rateLimit === undefined || burstLimit === undefined) return true;
    const at = now();
    const bucket = buckets.get(method.logicalId) ?? { tokens: burstLimit, at };
    const tokens = Math.min(burstLimit, bucket.tokens + (Math.max(0, at - bucket.at) / 1000) * rateLimit);
    const passes = tokens >= 1;
    buckets.set(method.logicalId, { tokens: passes ? tokens - 1 : tokens, at });
    return passes;
  };
}

function getLimits(settings: readonly MethodSetting[], { httpMethod, resourcePath }: Method): Partial<MethodSetting> {
  const general = settings.find((setting) => setting.httpMethod === '*' && setting.resourcePath === '/*');
  const own = settings.find((setting) => setting.resourcePath === resourcePath && setting.httpMethod === httpMethod);
  return { ...general, ...own };
}
