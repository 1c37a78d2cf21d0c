import type { Person } from "@natter/client";
import type { AppState } from "../state/app-state.ts";
import type { RoomView } from "../state/room-view.ts";
import { Avatar } from "./avatar.tsx";
import { PersonName } from "./person-name.tsx";

/** Who is in the room now. */
export function PeoplePanel({ app, view }: { app: AppState; view: RoomView }) {
  const { count, list } = view.entry.people.value;
  const me = app.client.you?.id;
  return (
    <aside class="people" aria-label="People here" tabIndex={-1}>
      <h2 class="panel-title">
        {app.connection.value.kind === "live" ? "Here now" : "Here before"} <span class="muted">{count}</span>
      </h2>
      {list === undefined ? (
        <p class="small muted">
          {count > 0 ? "Too many to list." : "Nobody can be seen while there is no connection."}
        </p>
      ) : (
        <ul class="people-list">
          {sorted(list, me).map((person) => (
            <li key={person.id} class="person">
              <Avatar person={person} />
              <PersonName person={person} view={view} />
              {person.id === me && <span class="small muted">you</span>}
            </li>
          ))}
        </ul>
      )}
    </aside>
  );
}

/** Oneself first, guests last, by name between. */
function sorted(people: readonly Person[], me: string | undefined): Person[] {
  const rank = ({ id, plain }: Person): number => (id === me ? 0 : plain ? 2 : 1);
  return [...people].sort((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));
}
