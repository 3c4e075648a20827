// Reads bundles as Go wrote them to hostile.json of a folder, in base64: node read_node.js FOLDER. What it says to each goes to
// standard output as JSON: "" for a bundle that is sound, else the fault.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { BundleError, readBundle } from "../src/index.js";

const bundles = JSON.parse(await readFile(join(process.argv[2]!, "hostile.json"), "utf8")) as string[];
const verdicts: string[] = [];
for (const bundle of bundles) {
  try {
    await readBundle(Buffer.from(bundle, "base64"), { allowUnsigned: true });
    verdicts.push("");
  } catch (error) {
    if (!(error instanceof BundleError)) {
      throw error;
    }
    verdicts.push(error.fault);
  }
}
process.stdout.write(JSON.stringify(verdicts));
