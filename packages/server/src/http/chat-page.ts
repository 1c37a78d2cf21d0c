import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { chatPagePolicy } from "./content-policy.ts";

/** Their names change with what is in them. */
const ASSET = /^\/assets\/[^/.][^/]*$/;
/** Their names stay, so they are asked for again after a day. */
const ICON_OR_MANIFEST = /^\/(icon(-[a-z0-9]+)?\.svg|manifest\.webmanifest)$/;

const FOR_EVER = "public, max-age=31536000, immutable";
const FOR_A_DAY = "public, max-age=86400";

/**
 * Where the built page is: in the package @natter/web, found as every other dependency is. In a clone that is
 * packages/web, built by scripts/setup.mjs; of a published natter it is the one in node_modules, which is packed with
 * its `dist`.
 */
export function builtPage(): string {
  return fileURLToPath(new URL(".", import.meta.resolve("@natter/web/dist/index.html")));
}

/**
 * The page to chat in, at `/` and at the address of each room, `/r/<room>`, and the files that it is made of.
 *
 * @param folder with the built page in it, or nothing as yet
 */
export function serveChatPage(app: FastifyInstance, folder: string): void {
  app.get("/", (request, reply) => sendPage(`${folder}index.html`, request, reply));
  // A name that no room can have is the page's to explain.
  app.get("/r/*", (request, reply) => sendPage(`${folder}index.html`, request, reply));

  app.register(fastifyStatic, {
    root: folder,
    allowedPath: (path) => ASSET.test(path) || ICON_OR_MANIFEST.test(path),
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      reply.header("Cache-Control", path.startsWith(`${folder}assets`) ? FOR_EVER : FOR_A_DAY);
    },
    index: false,
    // Said to whoever opens the page.
    suppressWarning: true,
  });
}

/**
 * Read at every request: it is small, and a page that is built anew beside a running server names other assets. Its
 * ETag is made of its content, for packed files all have the same date.
 */
async function sendPage(file: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const html = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (html === undefined) {
    return reply
      .code(503)
      .type("text/plain; charset=utf-8")
      .send(
        "The page is not built: run `npm run build -w packages/web` in natter's folder, then open this again.\n",
      );
  }
  const etag = `"${createHash("sha256").update(html).digest("base64url")}"`;
  reply.header("ETag", etag).header("Content-Security-Policy", chatPagePolicy(request.headers.host));
  if (request.headers["if-none-match"]?.includes(etag)) return reply.code(304).send();
  return reply.type("text/html; charset=utf-8").send(html);
}
