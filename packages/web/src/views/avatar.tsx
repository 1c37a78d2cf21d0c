import type { Person } from "@natter/client";
import { hueOf, initialOf, shownName } from "../text/names.ts";

/** A letter in a colour that is the person's own; their name stands beside it. */
export function Avatar({ person }: { person: Person }) {
  return (
    <span class={`avatar hue-${hueOf(person.id)}${person.plain ? " plain" : ""}`} aria-hidden="true">
      {initialOf(shownName(person))}
    </span>
  );
}
