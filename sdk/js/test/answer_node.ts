// Answers the cases of a folder in Node: node answer_node.js FOLDER. The answers go to its answers.json.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { answerAll } from "./answer.js";

const folder = process.argv[2]!;
const answers = await answerAll(async (name) => new Uint8Array(await readFile(join(folder, name))));
await writeFile(join(folder, "answers.json"), JSON.stringify(answers));
