import { spawnSync } from "node:child_process";
import { appendFileSync, rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const CHUNK = Buffer.alloc(64 * 1024);

/** A file system of its own, in memory, that can be filled. */
export class SmallDisk implements AsyncDisposable {
  readonly folder: string;
  readonly #ballast: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.#ballast = join(folder, "ballast");
  }

  /** @returns the reason, where this machine does not let us */
  static async mount(megabytes: number): Promise<SmallDisk | string> {
    if (process.platform !== "linux" || process.getuid?.() !== 0)
      return "only root on Linux may mount a disk";
    const folder = await mkdtemp(join(tmpdir(), "natter-disk-"));
    const { status, stderr } = spawnSync(
      "mount",
      ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder],
      {
        encoding: "utf8",
      },
    );
    if (status === 0) return new SmallDisk(folder);
    await rm(folder, { recursive: true });
    return `no disk can be mounted here: ${stderr.trim()}`;
  }

  /** Not a byte is left. */
  fill(): void {
    for (let size = CHUNK.length; size > 0; size = Math.floor(size / 2)) {
      try {
        for (;;) appendFileSync(this.#ballast, CHUNK.subarray(0, size));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      }
    }
  }

  free(): void {
    rmSync(this.#ballast);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    spawnSync("umount", [this.folder]);
    await rm(this.folder, { recursive: true, force: true });
  }
}
