import type { Natter } from "../../support/natter.ts";
import { ask } from "./ask.ts";

/** The option that turns metrics on, on a free port. */
export const WITH_METRICS = ["--metrics-address", "127.0.0.1:0"];

/** What Prometheus would read: each sample by its name with its labels, as in `natter_connections{kind="v1"}`. */
export async function scrape(natter: Natter): Promise<Map<string, number>> {
  const { body } = await ask(await metricsPort(natter), "/metrics");
  const samples = body.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    samples.map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

export async function metricsPort(natter: Natter): Promise<number> {
  return Number((await natter.line(/Metrics {4}http:\/\/localhost:(\d+)\/metrics$/))[1]);
}
