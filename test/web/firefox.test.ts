import assert from "node:assert/strict";
import { it } from "node:test";
import { Natter } from "../support/natter.ts";
import { Firefox, findFirefox } from "./support/firefox.ts";

const path = findFirefox();
const skip = path === undefined && "there is no Firefox; on Debian: apt-get install firefox-esr";

it("in Firefox one gives a name, says something, and sees it; nothing is complained of", {
  skip,
}, async () => {
  await using natter = await Natter.start();
  await using firefox = await Firefox.open(path!);
  await firefox.goto(`http://localhost:${natter.port}/r/firefox`);
  await firefox.until("document.activeElement?.name === 'name'");
  await firefox.type("Ada\uE006");
  await firefox.until("document.querySelector('.me .state')?.textContent === 'Connected'");
  // Without a screen Firefox says that it has no pointer that hovers, and the field is not gone to by itself.
  await firefox.evaluate("document.querySelector('textarea').focus()");
  await firefox.type("hello from **Firefox** :tad");
  await firefox.until("document.querySelector('[role=option]')"); // they are loaded when they are first asked for
  await firefox.type("a:\uE006");
  await firefox.until("document.querySelector('.row:not(.pending) strong')?.textContent === 'Firefox'");
  assert.equal(
    await firefox.evaluate("document.querySelector('.row .text').textContent"),
    "hello from Firefox 🎉",
  );
  assert.match(`${await firefox.evaluate("document.title")}`, /#firefox · natter$/);
  await firefox.goto(`http://localhost:${natter.port}/r/firefox`);
  await firefox.until("document.querySelector('.row strong')?.textContent === 'Firefox'");
  assert.deepEqual(firefox.complaints, []);
  const isStopped = await firefox.evaluate(
    "(() => { const script = document.createElement('script'); try { script.textContent = 'pwned = 1'; } catch {} document.head.append(script); return typeof pwned; })()",
  );
  assert.equal(isStopped, "undefined");
  const violations = firefox.complaints.filter((one) =>
    /Content.Security.Policy|Trusted ?Types?|Sink type/i.test(one),
  );
  assert.equal(firefox.complaints.length, violations.length, firefox.complaints.join("\n"));
});
