import { cleanName, type NameFault, roomFromPath } from "@natter/protocol";

/** Who a plain client is and where: it says so in its URL, as in `/team?name=Ada`, or says nothing at all. */
export type Guest = {
  readonly room: string;
  /** Absent: it goes by its number. */
  readonly name?: string;
};

export type GuestAnswer = { readonly guest: Guest } | { readonly refuse: 400 | 404; readonly reason: string };

const NO_ROOM =
  "No room can have this name. A room is 1 to 64 letters, digits, dots, underscores and dashes, as in /team.";

const NAME_FAULTS: Record<NameFault, string> = {
  empty: "Nothing that shows is left of this name.",
  too_long: "This name is too long: 32 characters at most.",
  only_digits: "A name may not be a number: those are for people without a name.",
  marks: "This name piles up marks on one letter, or begins with one.",
};

/** Reads a plain client's URL, as it stands in the request: `/` is the room `lobby`. */
export function readGuest(url: string): GuestAnswer {
  const [path = "/", query = ""] = url.split("?", 2);
  const room = roomFromPath(path);
  if (room === undefined) return { refuse: 404, reason: NO_ROOM };
  const given = new URLSearchParams(query).get("name");
  if (given === null || given === "") return { guest: { room } };
  const cleaned = cleanName(given);
  if (!cleaned.ok) return { refuse: 400, reason: NAME_FAULTS[cleaned.fault] };
  return { guest: { room, name: cleaned.name } };
}
