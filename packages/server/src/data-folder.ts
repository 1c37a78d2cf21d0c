import { accessSync, constants, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { StartError } from "./start-error.ts";

/**
 * Makes sure that there is a folder to keep everything in.
 *
 * @returns its full path
 * @throws {StartError} when it cannot be made or written
 */
export function prepareDataFolder(folder: string): string {
  const path = resolve(folder);
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    return path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === "EEXIST" || code === "ENOTDIR" ? "there is a file in its place" : (code ?? String(error));
    throw new StartError(`data folder ${path} cannot be written (${why}): choose another with --data.`);
  }
}
