// Tries examples/browser in headless Chromium: node page_browser.js ADDRESS, where its server listens. What it
// finds goes to standard output as JSON.
import type { Page } from "playwright-core";

import { withPage } from "./browser.js";

const address = process.argv[2]!;

/** What is offered, by order and action: "shown" or "disabled"; hidden buttons are left out. */
async function offered(page: Page): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const button of await page.getByRole("button").all()) {
    const order = await button.locator("xpath=ancestor::section").getAttribute("data-order");
    const action = await button.getAttribute("data-action");
    found[`${order} ${action}`] = (await button.isDisabled()) ? "disabled" : "shown";
  }
  return found;
}

async function look(page: Page): Promise<object> {
  return { offered: await offered(page), summary: await page.getByRole("status").textContent(), alert: await page.getByRole("alert").isVisible() };
}

const findings = await withPage(async (page) => {
  page.setDefaultTimeout(120_000);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(error.message));
  await page.goto(address);
  await page.getByText("things can be done here").waitFor();
  const users: Record<string, object> = { first: await look(page) };
  for (const name of ["Bob, manager", "Eve, no role", "Alice, clerk"]) {
    await page.getByLabel(name).click();
    users[name] = await look(page);
  }
  const refused: Record<string, object> = {};
  for (const [what, body] of Object.entries(await damaged(page))) {
    await page.route("**/bundle.tar.gz", (route) => route.fulfill({ body }));
    await page.goto(address);
    await page.getByRole("alert").waitFor();
    refused[what] = await look(page);
    await page.unroute("**/bundle.tar.gz");
  }
  return { users, refused, faults };
});
process.stdout.write(JSON.stringify(findings));

/** Bundles that nobody should believe. */
async function damaged(page: Page): Promise<Record<string, Buffer>> {
  const good = Buffer.from(await (await page.request.get(address + "bundle.tar.gz")).body());
  const flipped = Buffer.from(good);
  flipped[good.length - 5]! ^= 1; // of the checksum: in the stream itself some bits mean nothing
  return { flipped, truncated: good.subarray(0, good.length >> 1), empty: Buffer.alloc(0) };
}
