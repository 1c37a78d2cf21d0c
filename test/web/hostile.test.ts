import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { RawClient } from "../support/raw-client.ts";
import { House } from "./support/house.ts";
import { Tab } from "./support/person.ts";

const SCRIPTS = [
  "<svg onload=pwned=1>",
  "<img src=x onerror=pwned=1>",
  "<script>pwned=1</script>",
  "[a](javascript:pwned=1) [b](JaVaScRiPt&colon;pwned=1) [c](data:text/html,<script>pwned=1</script>)",
  "[d](java\tscript:pwned=1) ![e](javascript:pwned=1) <javascript:pwned=1> javascript:pwned=1",
  "[f](vbscript:x) [g](//evil.example/) [h](file:///etc/passwd) [i](blob:x)",
  "[https://good.example](https://evil.example/)",
  '[k](https://example.com/" onclick="pwned=1)',
  "https://example.com/<svg/onload=pwned=1>",
  "**<iframe srcdoc='<script>parent.pwned=1</script>'>** `<b>` &lt;svg onload=pwned=1&gt;",
  '```"><svg onload=pwned=1>\nx\n```',
];
const SIZES = [
  "x".repeat(8_192),
  `https://example.com/${"y".repeat(8_000)}`,
  `\`${"z".repeat(8_000)}\``,
  `\`\`\`\n${"w".repeat(8_000)}\n\`\`\``,
  `> ${"q".repeat(4_000)}\n> - ${"r".repeat(3_000)}`,
  "m\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308".repeat(200),
  "\u202eright to left \u2066isolated and never closed",
  "\u{fdfd}".repeat(200),
  `${"\t".repeat(500)}.`,
  "- رأس القائمة\n- السطر الثاني\n\n> اقتباس",
  "ﷺ".repeat(300),
];

describe("whatever strangers write", () => {
  let house: House;
  before(async () => {
    house = await House.open();
  });
  after(() => house[Symbol.asyncDispose]());

  /** Nothing ran, nothing is markup that should be text, and links lead to http and https only. */
  async function isHarmless(tab: Tab): Promise<void> {
    const found = await tab.page.evaluate(() => ({
      pwned: (window as unknown as { pwned?: number }).pwned,
      strange: document.querySelectorAll("script:not([src]), iframe, object, embed, [onload], [onerror]")
        .length,
      links: [...document.querySelectorAll<HTMLAnchorElement>(".timeline a")].map(
        ({ href, rel, target }) => ({
          href,
          rel,
          target,
        }),
      ),
      images: document.querySelectorAll(".timeline img").length,
    }));
    assert.equal(found.pwned, undefined);
    assert.equal(found.strange, 0);
    assert.equal(found.images, 0);
    for (const { href, rel, target } of found.links) {
      assert.match(href, /^https?:\/\//);
      assert.match(rel, /\bnoopener\b.*\bnoreferrer\b/);
      assert.equal(target, "_blank");
    }
  }

  /** Nothing sticks out of its row, nor the rows out of the timeline, nor anything out of the page. */
  async function isInPlace(tab: Tab): Promise<void> {
    const out = await tab.page.evaluate(() => {
      const found: string[] = [];
      const root = document.scrollingElement!;
      if (root.scrollWidth > root.clientWidth) found.push(`the page is ${root.scrollWidth} px wide`);
      for (const [outer, inner] of [
        [".timeline", ".row, .who, .text, .rich, .rich > *"],
        [".people", ".person"],
        [".sidebar", ".room-link, .me, .me-name"],
        [".room-header", ".room-title, button"],
      ] as const) {
        const box = document.querySelector(outer)?.getBoundingClientRect();
        if (box === undefined || box.width === 0) continue;
        for (const element of document.querySelectorAll(`${outer} :is(${inner})`)) {
          const { left, right, width } = element.getBoundingClientRect();
          if (width === 0) continue;
          if (left < box.left - 1 || right > box.right + 1) {
            found.push(`${element.className}: ${element.textContent!.slice(0, 30)}`);
          }
        }
        const scrolls = document.querySelector(outer)!;
        if (scrolls.scrollWidth > scrolls.clientWidth + 1) found.push(`${outer} scrolls sideways`);
      }
      return found;
    });
    assert.deepEqual(out, []);
  }

  it("E6 scripts in texts are texts: nothing runs, and links lead to http and https alone", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/r/scripts");
    await house.hears("scripts", SCRIPTS);
    await tab.sees("<svg onload=pwned=1>");
    await tab.timeline.locator("a").first().waitFor();
    await isHarmless(tab);
    await isInPlace(tab);
    const links = await tab.timeline.locator("a").count();
    assert.ok(links >= 1);
    tab.isQuiet();
  });

  it("what is long, piled up or turned around stays in its row, wide and narrow", async () => {
    await using ada = await house.person("Ada");
    await house.hears("sizes", SIZES);
    for (const width of [1280, 320]) {
      const tab = await ada.open("/r/sizes");
      await tab.page.setViewportSize({ width, height: 700 });
      await tab.isIn();
      for (let place = 0; place < 8; place++) {
        await tab.isStill();
        await isInPlace(tab);
        await tab.timeline.evaluate((box) => {
          box.scrollTop -= box.clientHeight;
        });
      }
      const unfold = tab.timeline.getByRole("button", { name: "Show all" }).first();
      await unfold.click();
      await tab.isStill();
      await isInPlace(tab);
      await isHarmless(tab);
      await tab.close();
    }
  });

  it("N1 N4 names are shown as names: markup as text, look-alikes with a tag, the long and the turned in place", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/r/names");
    await tab.say("the first Ada");
    await tab.sees("the first Ada");
    const names = [
      "<svg onload=pwned=1>",
      "W".repeat(32),
      "\u202eadA\u202e",
      "A\u200bda",
      "\u0410d\u0430",
      "a\u0300\u0301\u0302b",
      "عدى",
      "﷽",
    ];
    for (const name of names) {
      await house.hears("names", [`I am number ${names.indexOf(name)}`], name);
      await tab.sees(`I am number ${names.indexOf(name)}`);
    }
    const path = `/names?name=${encodeURIComponent("<img src=x onerror=pwned=1>")}`;
    const guest = await RawClient.connect(house.natter.wsPort, { path });
    guest.send("a guest");
    await tab.sees("a guest");
    assert.ok((await tab.timeline.getByText("<svg onload=pwned=1>").count()) >= 1);
    // Ada, A​da without its zero width, and Аdа with Cyrillic letters.
    assert.ok((await tab.timeline.locator(".who .tag").count()) >= 3);
    for (const width of [1280, 320]) {
      await tab.page.setViewportSize({ width, height: 700 });
      await tab.isStill();
      await isInPlace(tab);
    }
    await isHarmless(tab);
    await guest.leave();
    tab.isQuiet();
  });

  it("rooms cannot have such names, and an address that has one shows it as text", async () => {
    await using ada = await house.person("Ada");
    await (await ada.enter("/")).close();
    for (const room of [
      "<svg onload=pwned=1>",
      "\u202eevil",
      "a".repeat(500),
      "../../etc",
      "%00",
      "\u200b",
    ]) {
      const tab = new Tab(await ada.context.newPage());
      await tab.page.goto(`${house.origin}/r/${encodeURIComponent(room)}`);
      await tab.page.getByRole("heading", { name: "No room has this name" }).waitFor();
      await isHarmless(tab);
      await isInPlace(tab);
      await tab.close();
    }
    const tab = await ada.enter(`/r/${"w".repeat(64)}`);
    for (const width of [1280, 320]) {
      await tab.page.setViewportSize({ width, height: 700 });
      await isInPlace(tab);
    }
    tab.isQuiet();
  });

  it("the policy stops what gets into the page all the same: inline scripts, eval, markup from text", async () => {
    await using ada = await house.person("Ada");
    const tab = await ada.enter("/");
    const stopped = await tab.page.evaluate(async () => {
      const violations: string[] = [];
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
        violations.push(effectiveDirective);
      });
      const thrown: string[] = [];
      // Later, for what the debugger runs itself may do what scripts may not.
      const attempt = (act: () => unknown): Promise<void> =>
        new Promise((resolve) =>
          setTimeout(() => {
            try {
              act();
              thrown.push("nothing");
            } catch (error) {
              thrown.push((error as Error).name);
            }
            resolve();
          }),
        );
      const link = document.createElement("a");
      link.setAttribute("href", "javascript:pwned=1");
      document.body.append(link);
      await attempt(() => {
        document.body.innerHTML += "<img src=x onerror=pwned=1>";
      });
      await attempt(() => new Function("pwned = 1")());
      await attempt(() => {
        const script = document.createElement("script");
        script.text = "pwned = 1";
        document.head.append(script);
      });
      const image = document.createElement("img");
      image.setAttribute("src", "https://evil.example/x.png");
      await attempt(() => document.body.append(image));
      await attempt(() => link.click());
      await new Promise((resolve) => setTimeout(resolve, 100));
      link.remove();
      image.remove();
      return { violations, thrown, pwned: (window as unknown as { pwned?: number }).pwned };
    });
    assert.equal(stopped.pwned, undefined);
    assert.deepEqual(stopped.thrown, ["TypeError", "EvalError", "TypeError", "nothing", "nothing"]);
    for (const directive of ["require-trusted-types-for", "img-src", "script-src-elem"]) {
      assert.ok(stopped.violations.includes(directive), `${directive} in ${stopped.violations}`);
    }
  });
});
