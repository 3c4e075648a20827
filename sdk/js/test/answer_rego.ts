// Answers the cases of a folder in Node, with @open-policy-agent/opa-wasm for conditions that only Rego can evaluate:
// node answer_rego.js FOLDER. The answers go to its answers.json.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { loadPolicy } from "@open-policy-agent/opa-wasm";

import { readBundle, type EvaluateCondition } from "../src/index.js";
import { answerAll } from "./answer.js";

/** What the README of this package shows. */
async function conditions(bytes: Uint8Array): Promise<EvaluateCondition> {
  const { members } = await readBundle(bytes, { allowUnsigned: true });
  const rego = await loadPolicy(members.get("policy.wasm")!.slice().buffer);
  return (rule, _environment, text) => {
    const input = new TextEncoder().encode(`{"conditions":["${rule}"],"environment":${text}}`);
    return rego.evaluate(input.buffer, "lictor/authz/conditions")[0]?.result?.[rule];
  };
}

const folder = process.argv[2]!;
const answers = await answerAll(async (name) => new Uint8Array(await readFile(join(folder, name))), conditions);
await writeFile(join(folder, "answers.json"), JSON.stringify(answers));
