const DAY_MS = 86_400_000;
/** The longest day there is: the one on which clocks go back. */
const LONGEST_DAY_MS = 25 * 3_600_000;

type Locale = string | undefined;

/** `14:05`, as the reader's language writes it. @param at ms since 1970, as everywhere here */
export function timeOfDay(at: number, locale?: Locale): string {
  return formatter(locale, "time", { hour: "numeric", minute: "2-digit" }).format(at);
}

/** All of it, for whoever asks. */
export function fullTime(at: number, locale?: Locale): string {
  return formatter(locale, "full", { dateStyle: "full", timeStyle: "medium" }).format(at);
}

/** Asked for each row while one scrolls: makes no strings. */
export function isSameDay(one: number, other: number): boolean {
  if (Math.abs(one - other) >= LONGEST_DAY_MS) return false;
  return new Date(one).getDate() === new Date(other).getDate();
}

/** "Today", "Yesterday", or the date, with its year where that is another one than now's. */
export function dayHeading(at: number, now: number, locale?: Locale): string {
  // Rounded, for days have 23 to 25 hours.
  const ago = Math.round((midnightOf(now) - midnightOf(at)) / DAY_MS);
  if (ago === 0 || ago === 1) return capitalized(relative(locale).format(-ago, "day"), locale);
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const day = { weekday: "long", month: "long", day: "numeric" } as const;
  return isThisYear
    ? formatter(locale, "day", day).format(at)
    : formatter(locale, "day and year", { ...day, year: "numeric" }).format(at);
}

/** Making one takes longer than a screen of rows; each is made once for a language. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(locale: Locale, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${name}`;
  let known = formatters.get(key);
  if (known === undefined) {
    known = new Intl.DateTimeFormat(locale, options);
    formatters.set(key, known);
  }
  return known;
}

const relatives = new Map<Locale, Intl.RelativeTimeFormat>();

function relative(locale: Locale): Intl.RelativeTimeFormat {
  let known = relatives.get(locale);
  if (known === undefined) {
    known = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
    relatives.set(locale, known);
  }
  return known;
}

function midnightOf(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

function capitalized(words: string, locale: Locale): string {
  const [first = ""] = words;
  return first.toLocaleUpperCase(locale) + words.slice(first.length);
}
