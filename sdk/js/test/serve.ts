import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const kinds: Record<string, string> = {
  ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm",
};

/** Serves folders on a free port of this machine: each below the path it is named by. It returns the address and how to end it. */
export async function serve(folders: Record<string, string>): Promise<{ address: string; close: () => void }> {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    const prefix = Object.keys(folders).find((name) => path.startsWith(name));
    const file = prefix === undefined || path.includes("..") ? Promise.reject(new Error("no file")) : readFile(join(folders[prefix]!, path.slice(prefix.length)));
    file.then(
      (content) => response.writeHead(200, { "content-type": kinds[extname(path)] ?? "application/octet-stream" }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    address: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
