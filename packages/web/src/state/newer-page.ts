/** This script by its name, which changes with what is in it. While the page is worked on, its modules have other names. */
const OWN = new URL(import.meta.url).pathname;

/**
 * Whether the server has another page by now than the one that is open: natter was brought up to date meanwhile. Where
 * it cannot be asked, there is nothing to be told.
 */
export async function isOutdated(): Promise<boolean> {
  if (!OWN.startsWith("/assets/")) return false;
  try {
    const answer = await fetch("/", { cache: "no-cache" });
    return answer.ok && !(await answer.text()).includes(OWN);
  } catch {
    return false;
  }
}
