import type { Person } from "@natter/client";
import { shownName, tagOf } from "../text/names.ts";

/** What tells the owner of a name from others whose name looks like it, and from people who are only passing. */
export function NameTags({ person, isTagged }: { person: Person; isTagged: boolean }) {
  const isNumber = shownName(person) !== person.name;
  return (
    <>
      {person.plain && !isNumber && (
        <span class="tag" title="Somebody without this page: anybody may take that name">
          guest
        </span>
      )}
      {isTagged && (
        <span class="tag" title="Another name here looks like this one: nobody else has this tag">
          {tagOf(person.id)}
        </span>
      )}
    </>
  );
}
