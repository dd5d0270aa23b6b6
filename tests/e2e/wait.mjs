/**
 * @param {import("playwright-core").Locator} locator
 * @param {number} [timeout] milliseconds
 */
export function expectVisible(locator, timeout = 20_000) {
  return locator.waitFor({ state: "visible", timeout });
}

/**
 * Waits for something that no locator shows.
 * @param {() => boolean | Promise<boolean>} holds
 * @param {number} [patience] milliseconds
 */
export async function waitUntil(holds, patience = 20_000) {
  const end = Date.now() + patience;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${patience / 1000} s: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
