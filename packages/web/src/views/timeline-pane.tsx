import type { AppState } from "../state/app-state.ts";
import type { RoomView } from "../state/room-view.ts";
import { rowCount } from "../state/rows.ts";
import { done } from "./focus.ts";
import { Timeline } from "./timeline.tsx";

const NOT_LOADED = "What was said before did not load";

/** The timeline, or what stands in its place while there is none. */
export function TimelinePane({ app, view }: { app: AppState; view: RoomView }) {
  void view.version.value;
  const loading = view.loading.value;
  const isEmpty = rowCount(view.source) === 0;
  const tryAgain = (): void => done(() => view.reload());
  if (loading === "failed" && isEmpty) {
    return (
      <div class="empty-state">
        <h2>{NOT_LOADED}</h2>
        <button type="button" class="button" onClick={tryAgain}>
          Try again
        </button>
      </div>
    );
  }
  // Without network nothing comes, but what waits to be sent is there to see.
  if (loading === "first" && view.source.messages.length === 0) return <Skeleton />;
  if (loading === "ready" && isEmpty) {
    return (
      <div class="empty-state">
        <h2>
          <bdi>#{view.entry.name}</bdi> is empty so far
        </h2>
        <p class="muted">
          Say the first word, or send this address to somebody:
          <br />
          <span class="address">{location.href}</span>
        </p>
      </div>
    );
  }
  return (
    <>
      <Timeline app={app} view={view} />
      {loading === "failed" && (
        <div class="older small">
          {NOT_LOADED}{" "}
          <button type="button" class="text-button" onClick={tryAgain}>
            Try again
          </button>
        </div>
      )}
    </>
  );
}

/** Lines of about the right shape; they come into view only where it takes a while. */
function Skeleton() {
  return (
    <div class="skeleton" role="status">
      <span class="hidden">Loading what was said</span>
      {["40%", "65%", "30%", "55%"].map((width) => (
        <div key={width} class="skeleton-row" aria-hidden="true">
          <span class="skeleton-avatar" />
          <span class="skeleton-text" style={{ width }} />
        </div>
      ))}
    </div>
  );
}
