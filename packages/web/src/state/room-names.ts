/** The room that `/` is. */
export const LOBBY = "lobby";

/** As docs/protocol.md has it (R1); the server judges all the same. */
const ROOM_NAME = /^[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}._-]{0,63}$/u;

/** The room that somebody means who types this: `#Team Room` is `team-room`. Nothing where no room can have such a name. */
export function roomNameOf(typed: string): string | undefined {
  const name = typed.trim().replace(/^#+/, "").trim().toLowerCase().normalize("NFC").replace(/\s+/g, "-");
  return ROOM_NAME.test(name) && !/\p{Default_Ignorable_Code_Point}/u.test(name) ? name : undefined;
}
