import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

/** Kinds of file that are not compressed already. */
const COMPRESSIBLE = /^assets\/.*\.(js|css|svg|json|txt|wasm)$/;

/** Writes `.br` and `.gz` beside the files that get smaller so, once here rather than at every request. */
export function compress(): Plugin {
  return {
    name: "natter-compress",
    apply: "build",
    writeBundle({ dir = "" }, bundle) {
      for (const name of Object.keys(bundle).filter((name) => COMPRESSIBLE.test(name))) {
        const file = join(dir, name);
        const plain = readFileSync(file);
        const brotli = brotliCompressSync(plain, {
          params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
        });
        if (brotli.length < plain.length) writeFileSync(`${file}.br`, brotli);
        const gzip = gzipSync(plain, { level: constants.Z_BEST_COMPRESSION });
        if (gzip.length < plain.length) writeFileSync(`${file}.gz`, gzip);
      }
    },
  };
}
