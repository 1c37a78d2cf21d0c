/** How much a test does: little in every run of the tests, more by hand with `NATTER_RELIABILITY=long`. */
export function sized<Size>(of: { every: Size; long: Size }): Size {
  return process.env.NATTER_RELIABILITY === "long" ? of.long : of.every;
}

/** The seed of everything random in one test, in its title: `NATTER_SEED` plays one again. */
export const SEED = Number(process.env.NATTER_SEED ?? 1);

/** How long one test may take, in ms: a long one is watched by whoever started it. */
export const TIMEOUT_MS = sized({ every: 60_000, long: 900_000 });
