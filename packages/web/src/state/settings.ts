import { type Signal, signal } from "@preact/signals";
import { keep, kept, onKeptElsewhere } from "./kept.ts";

/** Of which messages a person wants to be told while not looking. */
export type TellMe = "all" | "mentions" | "nothing";

/** A setting that is kept, and the same in every tab. */
function setting<T extends string>(key: string, values: readonly T[], usual: T): Signal<T> {
  const valid = (value: string | undefined): T => values.find((one) => one === value) ?? usual;
  const state = signal(valid(kept(key)));
  state.subscribe((value) => keep(key, value === usual ? undefined : value));
  onKeptElsewhere(key, (value) => {
    state.value = valid(value);
  });
  return state;
}

/** What a person chose, and what they get who chose nothing: a count in the title, no noise. */
export const settings = {
  desktop: setting<TellMe>("desktop", ["all", "mentions", "nothing"], "nothing"),
  sound: setting<TellMe>("sound", ["all", "mentions", "nothing"], "nothing"),
};
