import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { AppState, keptName } from "../state/app-state.ts";
import { Route } from "../state/route.ts";
import { Chat } from "./chat.tsx";
import { Welcome } from "./welcome.tsx";

/** The page: a name first, the chat from then on. */
export function App() {
  const route = useMemo(() => new Route(), []);
  const app = useSignal<AppState | undefined>(undefined);
  useMemo(() => {
    const name = keptName();
    if (name !== undefined) app.value = new AppState(name, route);
  }, []);
  if (app.value !== undefined) return <Chat app={app.value} />;
  return (
    <Welcome
      place={route.place.value}
      onName={(name) => {
        app.value = new AppState(name, route);
      }}
    />
  );
}
