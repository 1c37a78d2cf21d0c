/** natter cannot start: one sentence that says what is wrong and what to do about it, and exit code 1. */
export class StartError extends Error {}

/** Puts a failure to open a port into a sentence. */
export function portError(error: unknown, port: number, host: string, flag: string): StartError {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "EADDRINUSE":
      return new StartError(
        `port ${port} is taken: stop the program that uses it, or choose another with ${flag}.`,
      );
    case "EACCES":
      return new StartError(
        `port ${port} may not be opened by this user: choose one above 1023 with ${flag}.`,
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new StartError(`${host} is not an address of this machine: choose another with --host.`);
    default:
      return new StartError(`port ${port} on ${host} cannot be opened: ${message}.`);
  }
}
