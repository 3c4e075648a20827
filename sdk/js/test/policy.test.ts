// Runs on the evaluator itself, which the Go test of this folder builds: it tells by LICTOR_FOLDER where it lies, with
// the bundles that it wrote.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

import { BundleError, Evaluator, MalformedRequestError, SignatureError, type OpenOptions, type Request, type Subject } from "../src/index.js";

const folder = process.env["LICTOR_FOLDER"] ?? "";
const skip = folder === "" && "go test ./sdk/js runs it, and sets LICTOR_FOLDER";
const now = 1_800_000_000;
const alice: Subject = { type: "user", id: "alice" };

async function file(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(join(folder, name)));
}

async function load(): Promise<{ evaluator: Evaluator; options: OpenOptions }> {
  const { key } = JSON.parse(new TextDecoder().decode(await file("cases.json"))) as { key: { id: string; pem: string } };
  return { evaluator: await Evaluator.load(file("evaluator.wasm")), options: { verifyKeys: [key] } };
}

function may(permission: string, more: Partial<Request> = {}): Request {
  return { subject: alice, permission, now, ...more } as Request;
}

test("a policy decides", { skip }, async () => {
  const { evaluator, options } = await load();
  assert.match(evaluator.version, /^\d+\.\d+\.\d+/);
  const policy = await evaluator.open(await file("first.tar.gz"), options);
  assert.equal(policy.revision, "r1");
  assert.equal(policy.epoch, 1);
  assert.match(policy.id, /^[0-9a-f]{64}$/);
  assert.deepEqual(policy.check(may("order:delete")), { allowed: false, code: "no_grant", policies: [] });
  const decision = policy.check(may("order:read"));
  assert.equal(decision.code, "allowed");
  assert.equal(decision.policies.length, 1);
  const refund = (amount: number | bigint): Request => ({
    subject: alice, action: { name: "refund" }, resource: { type: "order", id: "1", properties: { amount } }, now,
  });
  assert.equal(policy.check(refund(100)).code, "allowed");
  assert.equal(policy.check(refund(101)).code, "condition_false");
  assert.equal(policy.check(refund(9007199254740993n)).code, "condition_unknown");
  assert.equal(policy.allowed(may("order:read")), true);
  assert.equal(policy.hasRole(alice, "clerk"), true);
  assert.equal(policy.hasRole(alice, "toString"), false);
});

test("the host's clock counts where a request names no time", { skip }, async () => {
  const { evaluator, options } = await load();
  const policy = await evaluator.open(await file("first.tar.gz"), options);
  const badge = (at?: number): Request => ({ subject: alice, permission: "badge:use", ...(at === undefined ? {} : { now: at }) });
  assert.equal(policy.allowed(badge()), true); // from 2020 on
  assert.equal(policy.allowed(badge(0)), false);
});

test("many requests are answered in their order", { skip }, async () => {
  const { evaluator, options } = await load();
  const policy = await evaluator.open(await file("first.tar.gz"), options);
  const requests = Array.from({ length: 10_003 }, (_, i) => may(["order:read", "order:delete", "a::b"][i % 3]!));
  const answers = policy.checkAll(requests);
  assert.equal(answers.length, requests.length);
  answers.forEach((answer, i) => {
    assert.equal(answer.allowed, i % 3 === 0);
    assert.equal("error" in answer && answer.error.member, i % 3 === 2 && "permission", String(i));
  });
  assert.deepEqual(policy.checkAll([]), []);
  const [refused, decided] = policy.checkAll([undefined as never, may("order:read")]);
  assert.ok(refused !== undefined && "error" in refused && !refused.allowed);
  assert.equal(decided?.allowed, true);
});

test("explanations and calculated policies are given", { skip }, async () => {
  const { evaluator, options } = await load();
  const policy = await evaluator.open(await file("first.tar.gz"), options);
  const why = policy.explain(may("order:read"));
  assert.equal(why.allowed, true);
  assert.match(why.text, /alice/);
  assert.equal(why.reasons[0]!.permission, "order:read");
  const denied = policy.explain(may("order:delete"));
  assert.equal(denied.allowed, false);
  assert.deepEqual(denied.missing, ["order:delete"]);
  assert.ok(denied.nearest.length > 0);
  const held = policy.permissions(alice, { now });
  assert.deepEqual(held.map(({ permission }) => permission).sort(), ["badge:use", "order:read", "order:refund"]);
  assert.ok(held.some(({ condition }) => condition !== null));
  assert.deepEqual(policy.permissions({ type: "user", id: "nobody" }, { now }), []);
});

test("malformed requests name the member", { skip }, async () => {
  const { evaluator, options } = await load();
  const policy = await evaluator.open(await file("first.tar.gz"), options);
  const circle: Record<string, unknown> = {};
  circle["circle"] = circle;
  const table: [unknown, string][] = [
    [null, ""], [undefined, ""], [[], ""], ["order:read", ""], [1, ""], [() => true, ""],
    [{}, "subject"], [{ subject: {} }, "subject.type"], [{ subject: { type: "user" } }, "subject.id"],
    [{ subject: { type: "user", id: "" } }, "subject.id"], [{ subject: { type: "user", id: 1 } }, "subject.id"],
    [may(""), "permission"], [may("a::b"), "permission"], [may("order:read", { now: 1.5 }), "now"],
    [may("order:read", { now: NaN }), "now"], [may("order:read", { organisation: "" }), "organisation"],
    [may("order:read", { context: [] as never }), "context"], [may("order:read", { context: circle as never }), ""],
    [{ ...may("order:read"), permissions: ["order:read"] }, "permissions"],
    [{ subject: alice, permissions: [] }, "permissions"], [may("order:read", { strict: "yes" as never }), "strict"],
    [may("order:read", { token: "x" as never }), "token"], [may("x".repeat(5000)), "permission"],
    [may("order:read", { context: { text: "\ud800" } }), ""],
    [may("order:read", { context: { at: { n: 2 ** 53 } } }), "context.at.n"], [may("order:read", { now: 1e21 }), "now"],
  ];
  for (const [request, member] of table) {
    const name = String(member) + ": " + (typeof request === "object" && request !== null && !("context" in request) ? JSON.stringify(request) : typeof request);
    assert.throws(() => policy.check(request as Request), (error) => error instanceof MalformedRequestError && error.member === member, name.slice(0, 200));
    assert.equal(policy.allowed(request as Request), false, name.slice(0, 200));
  }
  assert.throws(() => policy.check(may("order:read", { context: { text: "x".repeat(17 << 20) } })), MalformedRequestError);
  assert.equal(policy.allowed(may("order:read")), true, "the policy lives on");
});

test("only an object's own members count, in every form", { skip }, async () => {
  const { evaluator, options } = await load();
  const policy = await evaluator.open(await file("first.tar.gz"), options);
  const inherited = Object.create(may("order:read")) as Request;
  const disguised = { ...may("order:delete"), toJSON: () => may("order:read") };
  for (const context of [undefined, { long: "x".repeat(20_000) }]) { // the longer is asked as JSON
    const more = context === undefined ? {} : { context };
    assert.throws(() => policy.check(Object.assign(Object.create(may("order:read")), more) as Request), MalformedRequestError);
    assert.equal(policy.check({ ...may("order:read"), ...more }).code, "allowed");
    assert.equal(policy.check({ ...may("order:read"), ...more, organisation: "é\u{1f600}" }).code, "allowed");
  }
  assert.equal(policy.allowed(inherited), false);
  assert.equal(policy.check(disguised).code, "allowed"); // as JSON.stringify has it
});

test("a request that asks the policy while it is read is not mixed up", { skip }, async () => {
  const { evaluator, options } = await load();
  const policy = await evaluator.open(await file("first.tar.gz"), options);
  const inner: boolean[] = [];
  const request = {
    subject: alice,
    get permission(): string {
      inner.push(policy.allowed(may("order:read")), policy.allowed(may("order:delete")));
      return "order:refund";
    },
    resource: { properties: { amount: 1 } },
    now,
  };
  assert.equal(policy.check(request).code, "allowed");
  assert.deepEqual(inner.slice(0, 2), [true, false]);
});

test("a bundle is replaced, and a bad one changes nothing", { skip }, async () => {
  const { evaluator, options } = await load();
  const policy = await evaluator.open(await file("first.tar.gz"), options);
  const second = await file("second.tar.gz");
  const flipped = second.slice();
  flipped[flipped.length - 5]! ^= 1; // of the checksum: in the stream itself some bits mean nothing
  const table: [string, Uint8Array, string][] = [
    ["damaged", flipped, ""], ["truncated", second.subarray(0, 400), ""], ["empty", new Uint8Array(), "truncated"],
    ["Rego nobody evaluates", await file("rego.tar.gz"), "conditions"], ["golden decisions not met", await file("untrue.tar.gz"), "tests"],
    ["tables that are none", await file("tables.tar.gz"), "tables"], ["unsigned", await file("unsigned.tar.gz"), "signature"],
  ];
  for (const [name, bytes, fault] of table) {
    await assert.rejects(policy.replace(bytes), (error) => error instanceof BundleError && (fault === "" || error.fault === fault), name);
    assert.equal(policy.revision, "r1", name);
    assert.equal(policy.allowed(may("order:read")), true, name);
  }
  await policy.replace(second);
  assert.equal(policy.revision, "r2");
  assert.equal(policy.allowed(may("order:read")), false);
  assert.equal(policy.allowed(may("order:delete")), true);
  await assert.rejects(policy.replace(await file("first.tar.gz")), (error) => error instanceof BundleError && error.fault === "epoch");
  await policy.replace(second);
});

test("of two replacements at once the older never wins", { skip }, async () => {
  const { evaluator, options } = await load();
  const policy = await evaluator.open(await file("first.tar.gz"), options);
  const [first, second] = [await file("first.tar.gz"), await file("second.tar.gz")];
  await Promise.allSettled([policy.replace(second), policy.replace(first), policy.replace(second), policy.replace(first)]);
  assert.equal(policy.revision, "r2");
});

test("what is replaced gives its memory back", { skip }, async () => {
  const { evaluator, options } = await load();
  const bytes = await file("first.tar.gz");
  const policy = await evaluator.open(bytes, options);
  const before = process.memoryUsage().rss;
  for (let i = 0; i < 300; i++) {
    await policy.replace(bytes);
  }
  const grown = process.memoryUsage().rss - before;
  assert.ok(grown < 100 * policy.memoryBytes, `${grown} bytes more than before`);
});

test("golden decisions that are met are no hindrance", { skip }, async () => {
  const { evaluator, options } = await load();
  assert.equal((await evaluator.open(await file("true.tar.gz"), options)).revision, "r1");
});

test("only signed bundles open under keys", { skip }, async () => {
  const { evaluator, options } = await load();
  const bytes = await file("unsigned.tar.gz");
  await assert.rejects(evaluator.open(bytes, options), (error) => error instanceof SignatureError && error.reason === "unsigned");
  const open = evaluator.open.bind(evaluator) as (bytes: Uint8Array) => Promise<unknown>;
  await assert.rejects(open(bytes), (error) => error instanceof SignatureError && error.reason === "verification");
  await evaluator.open(bytes, { allowUnsigned: true });
});

test("callers may say less where the host says so", { skip }, async () => {
  const { evaluator, options } = await load();
  const bytes = await file("first.tar.gz");
  const stored: Request = { subject: { ...alice, properties: { desk: "a" } }, permission: "desk:use", now };
  for (const [callers, want] of [["overlay", true], ["stored", false], ["ignore", false]] as const) {
    const policy = await evaluator.open(bytes, { ...options, callers });
    assert.equal(policy.allowed({ ...stored, subject: { ...stored.subject, id: "bob" } }), want, callers);
  }
});

test("conditions that only Rego can evaluate are the host's", { skip }, async () => {
  const { evaluator, options } = await load();
  const bytes = await file("rego.tar.gz");
  await assert.rejects(evaluator.open(bytes, options), (error) => error instanceof BundleError && error.fault === "conditions" && error.message.includes("evaluateCondition"));
  const request = may("order:read", { context: { hour: 9 } });
  const table: [unknown, string][] = [
    [true, "allowed"], [false, "condition_false"], [undefined, "condition_unknown"], [1, "condition_unknown"],
    ["true", "condition_unknown"], [Promise.resolve(true), "condition_unknown"], [new Error("broken"), "condition_unknown"],
  ];
  for (const [value, code] of table) {
    const asked: unknown[] = [];
    const policy = await evaluator.open(bytes, {
      ...options,
      evaluateCondition: (rule, environment) => {
        asked.push([rule, environment.context]);
        if (value instanceof Error) {
          throw value;
        }
        return value as boolean;
      },
    });
    assert.equal(policy.check(request).code, code, String(value));
    assert.deepEqual(asked, [["r1", { hour: 9 }]]);
  }
});

test("a condition cannot ask the policy that asks it", { skip }, async () => {
  const { evaluator, options } = await load();
  const request = may("order:read", { context: { hour: 9 } });
  const policy = await evaluator.open(await file("rego.tar.gz"), { ...options, evaluateCondition: () => policy.check(request).allowed });
  assert.equal(policy.check(request).code, "condition_unknown");
  assert.equal(policy.check(request).code, "condition_unknown", "the instance lives on");
});

test("memory stays as it is over many answers", { skip }, async () => {
  const { evaluator, options } = await load();
  const policy = await evaluator.open(await file("first.tar.gz"), options);
  const ask = (count: number): void => {
    for (let i = 0; i < count; i++) {
      assert.equal(policy.check(may("order:read", { context: { i } })).allowed, true);
    }
  };
  ask(5_000);
  const before = policy.memoryBytes;
  ask(30_000);
  assert.equal(policy.memoryBytes, before);
});
