// Takes the pictures of the page that the README shows: `npm run screenshots`, or with another folder than docs/images
// behind `--`. A real server, real browsers, people who say something; only the clock differs from run to run.

import { mkdirSync } from "node:fs";
import { openBrowser } from "../support/browser.ts";
import { Natter } from "../support/natter.ts";
import { RawClient } from "../support/raw-client.ts";
import { Person, type Tab } from "./support/person.ts";

const WIDE = { viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1 };
const PHONE = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

const folder = process.argv[2] ?? "docs/images";
mkdirSync(folder, { recursive: true });

await using natter = await Natter.start();
const browser = await openBrowser();
try {
  const origin = `http://localhost:${natter.port}`;
  const [ada, grace, linus] = await Promise.all(
    [
      ["Ada", WIDE] as const,
      ["Grace", PHONE] as const,
      ["Linus", { ...WIDE, colorScheme: "dark" as const }] as const,
    ].map(([name, options]) => Person.arrive(browser, name, origin, options)),
  );
  const one = await ada!.open("/r/release");
  const two = await grace!.open("/r/release");
  const three = await linus!.open("/r/release");
  await talk(one, two, three);
  const guest = await RawClient.connect(natter.wsPort, { path: "/release" });
  guest.send("build 214 is green, 38 s");
  await one.sees("build 214 is green, 38 s");
  await three.field.fill("Then I will tag it and ");
  await two.field.pressSequentially("Let us ");
  await elsewhere(one);
  await take(one, "chat.png");
  await take(three, "dark.png");
  await take(two, "phone.png");

  natter.child.kill("SIGKILL");
  await natter.exited;
  await one.page
    .getByText(/Reconnecting in \d+ s\./)
    .first()
    .waitFor();
  await one.say("The train is in a tunnel. I write this down all the same.");
  await one.say("It goes out by itself when there is a network again.");
  await one.page.getByRole("button", { name: "Try now" }).waitFor();
  await take(one, "offline.png");
} finally {
  await browser.close();
}

async function talk(one: Tab, two: Tab, three: Tab): Promise<void> {
  await one.say("Good morning! The release candidate is out: https://example.org/releases/1.4.0-rc.2");
  await two.say(
    "Looking at it now. Two things so far:\n\n- the *settings* page forgets its scroll position\n- `GET /healthz` answers **200** before the store is open",
  );
  await two.say("The second one is worth a fix before we ship.");
  await three.say(
    "Found it. It was the order of these two:\n\n```ts\nawait store.open();\nserver.listen(port); // was first\n```",
  );
  await one.say("@Linus nice 🎉 Can you write a test that fails without it?");
  await three.say("Already there. It kills the process between the two and asks again.");
  await two.say("❤️");
  await three.allSent();
  await one.sees("❤️");
}

/** Other rooms, one of them with something new. */
async function elsewhere(tab: Tab): Promise<void> {
  for (const room of ["lobby", "design", "ops"]) {
    const client = await RawClient.connect(natter.wsPort, { path: `/${room}?name=Margaret` });
    await tab.page.keyboard.press("Control+k");
    await tab.page.getByRole("combobox").fill(room);
    await tab.page.keyboard.press("Enter");
    await tab.page.getByRole("heading", { level: 1, name: room }).waitFor();
    if (room === "lobby") continue;
    await tab.page.getByRole("link", { name: "release" }).click();
    client.send("Does anybody have a minute?");
    if (room === "ops") client.send("@Ada it is about the backup");
    await tab.page.getByRole("link", { name: new RegExp(`${room}.*unread`) }).waitFor();
  }
  await tab.sees("build 214 is green, 38 s");
  await tab.page.getByRole("link", { name: /release.*unread/ }).waitFor({ state: "detached" });
}

async function take(tab: Tab, file: string): Promise<void> {
  await tab.page.mouse.move(0, 0);
  await tab.page.evaluate(() => document.fonts.ready);
  await tab.page.screenshot({ path: `${folder}/${file}`, animations: "disabled" });
}
