import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";

import { BundleError, SignatureError, readBundle, type VerifyKey } from "../src/index.js";
import { gzip, newSigner, signatures, sound, token, type Member, type Signer } from "./make.js";

const signers = { ES256: newSigner("ES256"), EdDSA: newSigner("EdDSA"), RS256: newSigner("RS256") };
const unsignedMembers = sound();

function bundle(content: string): Uint8Array {
  return gzip([{ name: "/.signatures.json", content }, ...unsignedMembers]);
}

async function verdict(bytes: Uint8Array, verifyKeys: VerifyKey[]): Promise<string> {
  try {
    await readBundle(bytes, { verifyKeys });
    return "accepted";
  } catch (error) {
    if (error instanceof SignatureError) {
      return error.reason;
    }
    return error instanceof BundleError ? error.fault : String(error);
  }
}

test("each algorithm verifies, and another key of it does not", async () => {
  for (const signer of Object.values(signers)) {
    const bytes = gzip(sound(signer));
    assert.equal(await verdict(bytes, [{ id: "k", pem: signer.pem }]), "accepted", signer.algorithm);
    const other = newSigner(signer.algorithm);
    assert.equal(await verdict(bytes, [{ id: "k", pem: other.pem }]), "mismatch", signer.algorithm);
    assert.equal(await verdict(bytes, [{ pem: other.pem }, { pem: signer.pem }]), "accepted", signer.algorithm);
  }
});

test("keys are chosen by their ids", async () => {
  const old = signers.EdDSA;
  const fresh = newSigner("EdDSA");
  const rotating = [{ id: "old", pem: old.pem }, { id: "new", pem: fresh.pem }];
  const mixed = [{ id: "old", pem: old.pem }, { pem: fresh.pem }];
  const table: [string, VerifyKey[], Signer, string, string][] = [
    ["old key", rotating, old, "old", "accepted"],
    ["new key", rotating, fresh, "new", "accepted"],
    ["no id named", rotating, fresh, "", "accepted"],
    ["unknown id", rotating, fresh, "newer", "unknown_key"],
    ["the other's id", rotating, fresh, "old", "mismatch"],
    ["any id by an anonymous key", mixed, fresh, "whatever", "accepted"],
    ["a named key under another id", mixed, old, "whatever", "mismatch"],
    ["other algorithm", rotating, signers.ES256, "old", "algorithm"],
  ];
  for (const [name, keys, signer, id, want] of table) {
    assert.equal(await verdict(gzip(sound(signer, id)), keys), want, name);
  }
});

test("signed nonsense is refused", async () => {
  const signer = signers.EdDSA;
  const keys = [{ id: "k", pem: signer.pem }];
  const files = JSON.parse(
    Buffer.from((JSON.parse(signatures(signer, "k", unsignedMembers)) as { signatures: string[] }).signatures[0]!.split(".")[1]!, "base64url").toString(),
  ).files as { name: string; hash: string; algorithm: string }[];
  const head = { alg: "EdDSA", kid: "k" };
  const first = files[0]!;
  const table: [string, unknown, unknown, string][] = [
    ["good", head, { files, iat: 1, exp: 1, more: {} }, "accepted"],
    ["key id in the payload only", { alg: "EdDSA" }, { files, keyid: "k" }, "accepted"],
    ["key ids that differ", head, { files, keyid: "x" }, "malformed"],
    ["no algorithm", { alg: "none", kid: "k" }, { files }, "algorithm"],
    ["algorithm in other case", { alg: "eddsa", kid: "k" }, { files }, "algorithm"],
    ["algorithm missing", { kid: "k" }, { files }, "algorithm"],
    ["algorithm is a number", { alg: 1, kid: "k" }, { files }, "malformed"],
    ["key id is null", { alg: "EdDSA", kid: null }, { files }, "malformed"],
    ["critical extension", { ...head, crit: ["b64"], b64: false }, { files }, "malformed"],
    ["algorithm twice", '{"alg":"EdDSA","alg":"none","kid":"k"}', { files }, "malformed"],
    ["header no object", [], { files }, "malformed"],
    ["payload no JSON", head, "{", "malformed"],
    ["no files", head, {}, "malformed"],
    ["file no object", head, { files: [...files, 1] }, "malformed"],
    ["file twice", head, { files: [...files, first] }, "malformed"],
    ["weak digest", head, { files: [{ ...first, algorithm: "MD5" }, ...files.slice(1)] }, "malformed"],
    ["scope", head, { files, scope: "write" }, "malformed"],
    ["a file left out", head, { files: files.slice(1) }, "members"],
    ["a file that is not there", head, { files: [...files, { ...first, name: "more" }] }, "members"],
    ["another digest", head, { files: [{ ...first, hash: "00".repeat(32) }, ...files.slice(1)] }, "members"],
  ];
  for (const [name, header, payload, want] of table) {
    assert.equal(await verdict(bundle(JSON.stringify({ signatures: [token(signer, header, payload)] })), keys), want, name);
  }
});

test("envelopes and tokens have one form", async () => {
  const signer = signers.ES256;
  const keys = [{ id: "k", pem: signer.pem }];
  const good = (JSON.parse(signatures(signer, "k", unsignedMembers)) as { signatures: string[] }).signatures[0]!;
  const [header, payload, signature] = good.split(".") as [string, string, string];
  const wrap = (text: string): string => JSON.stringify({ signatures: [text] });
  const table: [string, string, string][] = [
    ["good", wrap(good), "accepted"],
    ["empty plugin", JSON.stringify({ plugin: "", signatures: [good] }), "accepted"],
    ["plugin", JSON.stringify({ plugin: "x", signatures: [good] }), "malformed"],
    ["two tokens", JSON.stringify({ signatures: [good, good] }), "malformed"],
    ["no tokens", '{"signatures":[]}', "malformed"],
    ["nothing", "", "malformed"],
    ["signatures twice", `{"signatures":["x"],"signatures":["${good}"]}`, "malformed"],
    ["two parts", wrap(header + "." + payload), "malformed"],
    ["four parts", wrap(good + ".x"), "malformed"],
    ["no signature", wrap(header + "." + payload + "."), "mismatch"],
    ["padding", wrap(good + "=="), "malformed"],
    ["line break", wrap(header + "\n." + payload + "." + signature), "malformed"],
    ["bits that mean nothing", wrap(header + "." + payload + "." + signature.slice(0, -1) + "B"), "malformed"],
    ["zeros", wrap(header + "." + payload + "." + Buffer.alloc(64).toString("base64url")), "mismatch"],
    ["longer", wrap(header + "." + payload + "." + Buffer.alloc(65).toString("base64url")), "mismatch"],
  ];
  for (const [name, text, want] of table) {
    assert.equal(await verdict(bundle(text), keys), want, name);
  }
});

test("the public key is no shared secret", async () => {
  const { pem } = signers.RS256;
  const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = segment({ alg: "HS256", kid: "k" }) + "." + segment({ files: [] });
  const mac = createHmac("sha256", pem).update(text).digest("base64url");
  assert.equal(await verdict(bundle(JSON.stringify({ signatures: [text + "." + mac] })), [{ id: "k", pem }]), "algorithm");
});

test("a member changed under a good signature is refused", async () => {
  const signer = signers.ES256;
  const [envelope, head, data, tables] = sound(signer) as [Member, Member, Member, Member];
  const keys = [{ id: "k", pem: signer.pem }];
  const extra = { name: "/custom/x.rego", content: "package custom" };
  assert.equal(await verdict(gzip([envelope, head, data, { ...tables, content: "other" }]), keys), "members");
  assert.equal(await verdict(gzip([envelope, head, data]), keys), "members");
  assert.equal(await verdict(gzip([envelope, head, data, tables, extra]), keys), "members");
});
