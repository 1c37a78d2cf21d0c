import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { UsageError } from "./config/usage-error.ts";
import type { Log } from "./log/log.ts";
import { StartError } from "./start-error.ts";

export type TlsFiles = { readonly tlsCert?: string | undefined; readonly tlsKey?: string | undefined };

/** PEM texts that belong together. */
export type Certificate = { readonly cert: string; readonly key: string; readonly endsAt: Date };

/**
 * The certificate and its key, as they are in their files now.
 *
 * @returns undefined where none is asked for
 * @throws {UsageError} where one is given without the other
 * @throws {StartError} with a sentence that names the file which is missing or not what it must be
 */
export function readCertificate({ tlsCert, tlsKey }: TlsFiles): Certificate | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new UsageError("--tls-cert and --tls-key go together: give both, or neither.");
  }
  const cert = read(tlsCert, "--tls-cert");
  const key = read(tlsKey, "--tls-key");
  const certificate = parseCertificate(cert, tlsCert);
  if (!certificate.checkPrivateKey(parseKey(key, tlsKey))) {
    throw new StartError(`the certificate ${tlsCert} and the key ${tlsKey} do not belong together.`);
  }
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new StartError(`the certificate ${tlsCert} cannot be used: ${(error as Error).message}.`);
  }
  return { cert, key, endsAt: new Date(certificate.validTo) };
}

/** Takes what is in the files now, if it is sound; else everything stays as it is. */
export function reloadCertificate(files: TlsFiles, use: (next: Certificate) => void, log: Log): void {
  try {
    const next = readCertificate(files)!;
    use(next);
    log("certificate_loaded", { validTo: next.endsAt.toISOString() });
  } catch (error) {
    log("certificate_kept", { reason: (error as Error).message });
  }
}

function read(file: string, flag: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StartError(`${file} cannot be read (${code}): name another with ${flag}.`);
  }
}

function parseCertificate(pem: string, file: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new StartError(`${file} is no certificate in PEM form: name another with --tls-cert.`);
  }
}

function parseKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new StartError(
      `${file} is no private key in PEM form, or needs a passphrase: name another with --tls-key.`,
    );
  }
}
