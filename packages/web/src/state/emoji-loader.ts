type Emoji = typeof import("../text/emoji.ts");

let loading: Promise<unknown> | undefined;
let loaded: Emoji | undefined;

/** The emoji and their names, once somebody typed the first `:sm`. Where they do not load, nothing is offered. */
export async function loadEmoji(): Promise<void> {
  loading ??= import("../text/emoji.ts").then(
    (emoji) => {
      loaded = emoji;
    },
    () => {
      loading = undefined;
    },
  );
  await loading;
}

export function loadedEmoji(): Emoji | undefined {
  return loaded;
}
