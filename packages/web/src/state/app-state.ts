import { ChatClient, type ConnectionState } from "@natter/client";
import { computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import { Drafts } from "./drafts.ts";
import { keep, kept, onKeptElsewhere } from "./kept.ts";
import { isLooking } from "./looking.ts";
import { isOutdated } from "./newer-page.ts";
import { Notices } from "./notices.ts";
import { RoomList } from "./room-list.ts";
import { RoomView } from "./room-view.ts";
import type { Route } from "./route.ts";
import { sentenceOf } from "./sentences.ts";
import { showInTab } from "./tab-title.ts";

/** The chat of a person who has a name: everything that the page shows once somebody is in. */
export class AppState {
  readonly client: ChatClient;
  readonly rooms: RoomList;
  readonly route: Route;
  readonly drafts = new Drafts(() => this.rooms.unkept());
  readonly #connection: ReturnType<typeof signal<ConnectionState>>;
  readonly #name: ReturnType<typeof signal<string>>;
  readonly #trouble = signal<string | undefined>(undefined);
  readonly #isOutdated = signal(false);
  #wasLive = false;
  /** The room that is open; none while the address names no room. */
  readonly view: ReadonlySignal<RoomView | undefined>;

  /** @param name what the person is called, kept from now on */
  constructor(name: string, route: Route) {
    keep("name", name);
    this.route = route;
    this.client = new ChatClient({ url: "/", name });
    this.#connection = signal(this.client.state);
    this.#name = signal(name);
    const notices = new Notices((room) => route.go(room));
    this.rooms = new RoomList(this.client, (event, entry, isNow) =>
      notices.take(event, entry, isNow, this.client.you),
    );
    this.client.on("state", (state) => {
      this.#connection.value = state;
      if (state.kind !== "live") return;
      this.#called(state.you.name);
      // A server that is brought up to date cuts every connection: each but the first may be to a newer one.
      if (this.#wasLive) {
        void isOutdated().then((is) => {
          this.#isOutdated.value = is;
        });
      }
      this.#wasLive = true;
    });
    this.client.on("error", (error) => {
      this.#trouble.value = sentenceOf(error);
    });
    onKeptElsewhere("name", (other) => {
      if (other !== undefined && other !== this.#name.value) void this.rename(other).catch(() => {});
    });
    this.view = this.#viewOfRoute();
    showInTab(
      this.rooms.unread,
      computed(() => this.view.value?.entry.name),
    );
    isLooking.subscribe((looking) => {
      if (looking && this.client.state.kind === "live") void this.rooms.refresh();
    });
  }

  get connection(): ReadonlySignal<ConnectionState> {
    return this.#connection as ReadonlySignal<ConnectionState>;
  }

  /** What the person is called, as the server has it, or is to have it where there is no connection. */
  get name(): ReadonlySignal<string> {
    return this.#name as ReadonlySignal<string>;
  }

  /** What went wrong that nobody waits for, such as a browser that keeps nothing. */
  get trouble(): ReadonlySignal<string | undefined> {
    return this.#trouble;
  }

  /** The server has a newer page than this one. */
  get isOutdated(): ReadonlySignal<boolean> {
    return this.#isOutdated;
  }

  dismissTrouble(): void {
    this.#trouble.value = undefined;
  }

  /** @throws {ChatError} `bad_name`: the old name stays */
  async rename(name: string): Promise<void> {
    const renamed = this.client.rename(name);
    if (this.client.state.kind !== "live") {
      // The next connection begins with it: nobody is kept waiting for that.
      renamed.catch(() => {});
      this.#called(name);
      return;
    }
    await renamed;
    this.#called(this.client.you?.name ?? name);
  }

  /** Goes to another room first, for one is always somewhere. */
  async leave(room: string): Promise<void> {
    const other = this.rooms.sorted.value.find(({ name }) => name !== room);
    if (other === undefined) return;
    this.route.go(other.name);
    await this.rooms.leave(room);
  }

  #called(name: string): void {
    this.#name.value = name;
    keep("name", name);
  }

  #viewOfRoute(): ReadonlySignal<RoomView | undefined> {
    const view = signal<RoomView | undefined>(undefined);
    effect(() => {
      const place = this.route.place.value;
      // Only another address makes another view, whatever is looked at while it is made.
      untracked(() => {
        view.value?.dispose();
        view.value =
          place.kind === "room"
            ? new RoomView(this.rooms.open(place.room), this.drafts, () => this.client.you?.id)
            : undefined;
      });
    });
    return view;
  }
}

/** The name that a person gave in this browser before. */
export function keptName(): string | undefined {
  return kept("name");
}
