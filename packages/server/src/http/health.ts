import type { FastifyInstance } from "fastify";

/**
 * Asked by whatever watches over the server, by addresses of its own choosing: they are answered whatever Host and
 * Origin say, and tell nothing that a stranger could use.
 */
export const HEALTH_PATHS: readonly string[] = ["/healthz", "/readyz"];

export type HealthChecks = {
  /** In a sentence; undefined where it is ready. */
  readonly whyNotReady: () => Promise<string | undefined>;
  /** What does not work although it is ready, in a sentence. */
  readonly warning: () => string | undefined;
};

/**
 * `/healthz`: the process runs and answers. `/readyz`: it takes connections and can store what they send; otherwise
 * 503, with the reason in a sentence.
 */
export function serveHealth(app: FastifyInstance, { whyNotReady, warning }: HealthChecks): void {
  app.get("/healthz", (_, reply) => reply.type("text/plain; charset=utf-8").send("ok\n"));
  app.get("/readyz", async (_, reply) => {
    const reason = await whyNotReady();
    return reply
      .code(reason === undefined ? 200 : 503)
      .type("text/plain; charset=utf-8")
      .send(`${reason ?? ["ready", warning()].filter(Boolean).join(". ")}\n`);
  });
}
