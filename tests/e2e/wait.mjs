/**
 * @param {import("playwright-core").Locator} locator
 * @param {number} [timeout] milliseconds
 */
export function expectVisible(locator, timeout = 20_000) {
  return locator.waitFor({ state: "visible", timeout });
}
