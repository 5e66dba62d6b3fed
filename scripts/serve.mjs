import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, resolve, sep } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
};
const BLANK = "/blank.html";

/** Serves folders, named by URL prefix, on a free port of this machine; `blank({ csp, script })` is the address of a page under that policy with nothing but that module. */
export async function serve(folders) {
  const prefixes = Object.keys(folders).sort((a, b) => b.length - a.length);
  const server = createServer((request, response) => void answer(request, response));
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const address = `http://127.0.0.1:${server.address().port}`;
  const blank = ({ csp = "", script = "" }) => `${address}${BLANK}?${new URLSearchParams({ csp, script })}`;
  return { address, blank, close: () => new Promise((done) => server.close(done).closeAllConnections()) };

  async function answer(request, response) {
    const url = new URL(request.url, address);
    if (url.pathname === BLANK) return sendBlank(response, Object.fromEntries(url.searchParams));
    const path = fileFor(decodeURIComponent(url.pathname));
    try {
      const bytes = await readFile(path);
      response
        .writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream" })
        .end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  }

  function fileFor(pathname) {
    const prefix = prefixes.find((p) => pathname.startsWith(p));
    const folder = resolve(folders[prefix]);
    const path = resolve(folder, pathname.slice(prefix.length));
    return path.startsWith(folder + sep) ? path : "";
  }
}

function sendBlank(response, { csp, script }) {
  const headers = { "content-type": TYPES[".html"], ...(csp && { "content-security-policy": csp }) };
  const module = script ? `<script type="module" src="${script}"></script>` : "";
  response
    .writeHead(200, headers)
    .end(`<!doctype html><link rel="icon" href="data:,"><title></title>${module}`);
}
