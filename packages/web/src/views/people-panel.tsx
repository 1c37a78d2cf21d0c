import type { Person } from "@natter/client";
import type { AppState } from "../state/app-state.ts";
import type { RoomView } from "../state/room-view.ts";
import { shownName } from "../text/names.ts";
import { Avatar } from "./avatar.tsx";
import { NameTags } from "./name-tags.tsx";

/** Who is in the room now. */
export function PeoplePanel({ app, view }: { app: AppState; view: RoomView }) {
  const { count, list, partial } = view.entry.people.value;
  const isLive = app.connection.value.kind === "live";
  const me = app.client.you?.id;
  const tagged = view.people.tagged.value;
  return (
    <aside class="people" aria-label="People here" tabIndex={-1}>
      <h2 class="panel-title">
        {isLive ? "Here now" : "Here before"} <span class="muted">{count}</span>
      </h2>
      {list === undefined ? (
        <p class="small muted">
          {count > 0 ? "Too many to list." : !isLive && "Nobody can be seen while there is no connection."}
        </p>
      ) : (
        <ul class="people-list">
          {sorted(list, me).map((person) => (
            <li key={person.id} class="person">
              <Avatar person={person} />
              <span class="person-words">
                <bdi class="name">{shownName(person)}</bdi>
                <NameTags person={person} isTagged={tagged.has(person.id)} />
                {person.id === me && <span class="small muted">you</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
      {list?.some(({ id }) => tagged.has(id)) && (
        <p class="small muted">
          Names that look alike have a tag, each another one: a person keeps theirs, and cannot choose it.
        </p>
      )}
      {partial && (
        <p class="small muted">
          Some people may be missing: the servers cannot see each other at the moment.
        </p>
      )}
    </aside>
  );
}

/** Oneself first, guests last, by name between. */
function sorted(people: readonly Person[], me: string | undefined): Person[] {
  const rank = ({ id, plain }: Person): number => (id === me ? 0 : plain ? 2 : 1);
  return [...people].sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
}
