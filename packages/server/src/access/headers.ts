import type { IncomingMessage } from "node:http";

/** Those by which it is decided who may connect: two of one are two answers (RFC 9112 section 3.2). */
const ONLY_ONCE = ["host", "origin"] as const;

/**
 * Says why a request is ambiguous, if it is: Node goes by the first `Host` of two, a proxy in front may by the other.
 */
export function ambiguityOf({ headersDistinct }: IncomingMessage): string | undefined {
  const twice = ONLY_ONCE.find((name) => (headersDistinct[name]?.length ?? 0) > 1);
  return twice === undefined ? undefined : `The header ${twice} is there more than once.`;
}
