// Answers the cases of a folder in headless Chromium: node answer_browser.js FOLDER. The answers go to its answers.json.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Answers } from "./answer.js";
import { withPage } from "./browser.js";
import { serve } from "./serve.js";

const folder = process.argv[2]!;
await writeFile(join(folder, "page.html"), "<!doctype html><title>cases</title>");
const server = await serve({ "/build/": fileURLToPath(new URL("../", import.meta.url)), "/cases/": folder });
try {
  const answers = await withPage(async (page) => {
    await page.goto(server.address + "/cases/page.html");
    return page.evaluate<Answers[]>(`(async () => {
      const { answerAll } = await import("/build/test/answer.js");
      return answerAll(async (name) => new Uint8Array(await (await fetch("/cases/" + name)).arrayBuffer()));
    })()`);
  });
  await writeFile(join(folder, "answers.json"), JSON.stringify(answers));
} finally {
  server.close();
}
