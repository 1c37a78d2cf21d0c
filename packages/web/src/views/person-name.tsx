import type { Person } from "@natter/client";
import type { RoomView } from "../state/room-view.ts";
import { shownName, tagOf } from "../text/names.ts";

/** A name, with what tells its owner from others of that name, and from people who are only passing. */
export function PersonName({ person, view }: { person: Person; view: RoomView }) {
  const isNumber = shownName(person) !== person.name;
  return (
    <>
      <bdi class="name">{shownName(person)}</bdi>
      {person.plain && !isNumber && <span class="tag">guest</span>}
      {view.people.tagged.value.has(person.id) && (
        <span class="tag" title="Somebody else here has a name that looks like this one">
          {tagOf(person.id)}
        </span>
      )}
    </>
  );
}
