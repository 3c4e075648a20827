// Compiles the definitions to a bundle for clients, signed by a key of its own, and serves the page with it:
//
//	node examples/browser/serve.mjs [--port 8284] [--lictor bin/lictor] [--evaluator bin/lictor-evaluator.wasm]
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = join(root, "examples", "browser");
const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8284" },
    lictor: { type: "string", default: join(root, "bin", "lictor") },
    evaluator: { type: "string", default: join(root, "bin", "lictor-evaluator.wasm") },
  },
});

/** A key for this run alone. In earnest the private one lies where bundles are built and nowhere else. */
const key = generateKeyPairSync("ec", {
  namedCurve: "P-256",
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

function compile() {
  const folder = mkdtempSync(join(tmpdir(), "lictor-browser-"));
  try {
    writeFileSync(join(folder, "key.pem"), key.privateKey, { mode: 0o600 });
    const bundle = join(folder, "bundle.tar.gz");
    execFileSync(options.lictor, [
      "compile", page, "-o", bundle, "--epoch", "1", "--sign-key", join(folder, "key.pem"), "--key-id", "shop",
      "--for", "client", "--subject-type", "user", "--namespace", "shop", "--subject", "alice", "--subject", "bob", "--subject", "eve",
    ], { stdio: ["ignore", "inherit", "inherit"] });
    return readFileSync(bundle);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const made = { "/bundle.tar.gz": compile(), "/key.pem": key.publicKey, "/lictor-evaluator.wasm": readFileSync(options.evaluator) };
const files = { "/": "index.html", "/page.js": "page.js", "/style.css": "style.css" };
const kinds = { ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".pem": "text/plain", ".gz": "application/octet-stream" };
const sdk = /^\/sdk\/((?:[a-z]+\/)?[a-z]+\.js)$/;

function content(path) {
  if (Object.hasOwn(made, path)) {
    return made[path];
  }
  const module = sdk.exec(path)?.[1];
  return readFileSync(module === undefined ? join(page, files[path]) : join(root, "sdk", "js", "dist", module));
}

const server = createServer((request, response) => {
  const path = new URL(request.url, "http://localhost").pathname;
  if (!Object.hasOwn(made, path) && !Object.hasOwn(files, path) && !sdk.test(path)) {
    response.writeHead(404).end();
    return;
  }
  try {
    const body = content(path);
    response.writeHead(200, {
      "content-type": kinds[extname(path)] ?? "text/html; charset=utf-8",
      // WebAssembly is compiled only where the policy of the page allows it.
      "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
      "cache-control": "no-store",
    }).end(body);
  } catch (error) {
    console.error(error.message);
    response.writeHead(500).end();
  }
});
server.listen(Number(options.port), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
