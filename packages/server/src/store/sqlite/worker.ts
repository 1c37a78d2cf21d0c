import { parentPort, workerData } from "node:worker_threads";
import type { ReaderCall, WorkerReply, WorkerStart, WriterCall } from "./messages.ts";
import { openReader } from "./reader.ts";
import { failure, type GroupRunner, openWriter } from "./writer.ts";

// The body of both threads: a group of calls comes in, a list of outcomes goes out; `null` is the end.

const start = workerData as WorkerStart;

function reply(message: WorkerReply): void {
  parentPort?.postMessage(message);
}

function serve<Call>(runner: GroupRunner<Call>): void {
  parentPort?.on("message", (calls: Call[] | null) => {
    if (calls !== null) {
      reply(runner.run(calls));
    } else {
      runner.close();
      parentPort?.close();
    }
  });
  reply({ ready: true, epoch: runner.epoch });
}

try {
  if (start.role === "writer") serve<WriterCall>(openWriter(start));
  else serve<ReaderCall>(openReader(start));
} catch (error) {
  reply([failure(error)]);
}
