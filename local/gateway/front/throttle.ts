/**
 * Throttles the methods of a stage by token buckets (documented: API Gateway, "Throttle requests": best effort, a rate in requests
 * per second and a burst; a method's setting overrides the setting for all methods). Without a setting only the account's limits
 * apply, which are not simulated. Assumed: a method's setting inherits missing values from the setting for all methods.
 */
import type { Method, MethodSetting } from '../template/gateway-model.ts';

/** Counts a request of a method. Returns whether it is within the limits. */
export type Throttle = (method: Method) => boolean;

/** @param now milliseconds since the epoch */
export function createThrottle(settings: readonly MethodSetting[], now: () => number): Throttle {
  const buckets = new Map<string, { tokens: number; updatedAt: number }>();
  return (method) => {
    const { rateLimit, burstLimit } = getLimits(settings, method);
    if (rateLimit === undefined || burstLimit === undefined) return true;
    const updatedAt = now();
    const bucket = buckets.get(method.logicalId) ?? { tokens: burstLimit, updatedAt };
    const elapsedSeconds = Math.max(0, updatedAt - bucket.updatedAt) / 1000;
    const tokens = Math.min(burstLimit, bucket.tokens + elapsedSeconds * rateLimit);
    const isAllowed = tokens >= 1;
    buckets.set(method.logicalId, { tokens: isAllowed ? tokens - 1 : tokens, updatedAt });
    return isAllowed;
  };
}

function getLimits(settings: readonly MethodSetting[], { httpMethod, resourcePath }: Method): Partial<MethodSetting> {
  const general = settings.find((setting) => setting.httpMethod === '*' && setting.resourcePath === '/*');
  const specific = settings.find(
    (setting) => setting.resourcePath === resourcePath && setting.httpMethod === httpMethod,
  );
  return { ...general, ...specific };
}
