import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder with certificates for localhost that vouch for themselves, gone in the end. */
export class CertificateFolder implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @returns the reason, where there is no openssl to make any with */
  static async make(): Promise<CertificateFolder | string> {
    if (spawnSync("openssl", ["version"]).status !== 0) return "no openssl to make a certificate with";
    return new CertificateFolder(await mkdtemp(join(tmpdir(), "natter-tls-")));
  }

  /** A new pair, over the one before of the same name. */
  issue(name = "chat"): { cert: string; key: string; pem: string } {
    const cert = join(this.folder, `${name}.crt`);
    const key = join(this.folder, `${name}.key`);
    const { status, stderr } = spawnSync("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc"],
      ...["-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"],
      ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
    ]);
    if (status !== 0) throw new Error(`openssl: ${stderr}`);
    return { cert, key, pem: readFileSync(cert, "utf8") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true });
  }
}
