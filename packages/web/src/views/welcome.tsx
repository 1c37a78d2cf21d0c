import { useLayoutEffect, useRef } from "preact/hooks";
import { LOBBY } from "../state/room-names.ts";
import type { Place } from "../state/route.ts";
import { Logo } from "./icons.tsx";
import { NameForm } from "./name-form.tsx";

/** The first visit: a name, and one is in. */
export function Welcome({ place, onName }: { place: Place; onName: (name: string) => void }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => box.current?.querySelector("input")?.focus(), []);
  const room = place.kind === "room" ? place.room : LOBBY;
  return (
    <main class="welcome" ref={box}>
      <div class="welcome-card">
        <Logo />
        <h1>natter</h1>
        <p class="muted">
          You are about to join <strong>#{room}</strong> on {location.host}.
        </p>
        <NameForm label="What shall the others call you?" onName={onName}>
          <button type="submit" class="button primary">
            Start chatting
          </button>
        </NameForm>
        <p class="small muted">No account needed. This browser remembers you.</p>
      </div>
    </main>
  );
}
