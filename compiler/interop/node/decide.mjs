// Answers questions with @open-policy-agent/opa-wasm. Each line of the standard input is a policy with questions,
// {"wasm": base64, "data": text, "inputs": [text]}; each line of the output is [[decision, allow], …], where null
// stands for an entrypoint that is undefined. An input that stops the policy gives {"error": text} in its place.
import { createInterface } from "node:readline";
import { loadPolicy } from "@open-policy-agent/opa-wasm";

const bytesOf = (text) => new TextEncoder().encode(text).slice().buffer;

function ask(policy, input) {
  const value = (entrypoint) => policy.evaluate(input, entrypoint)[0]?.result ?? null;
  try {
    return [value("lictor/authz/decision"), value("lictor/authz/allow")];
  } catch (error) {
    return { error: error.message ?? String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const { wasm, data, inputs } = JSON.parse(line);
  const policy = await loadPolicy(Buffer.from(wasm, "base64"));
  policy.setData(bytesOf(data));
  console.log(JSON.stringify(inputs.map((input) => ask(policy, bytesOf(input)))));
}
