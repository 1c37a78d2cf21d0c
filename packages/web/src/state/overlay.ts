/** What lies over the page, if anything does. */
export type Overlay = "rooms" | "people" | "switcher" | "settings" | "room" | "leave" | undefined;
