import { expect } from "chai";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import path from "node:path";
import { Failure } from "../../src/cli/failure.js";
import { serve, type Served } from "../../src/cli/serve.js";
import { temporaryFolder } from "./notebooks.js";

interface Answer {
  status: number;
  body: string;
  headers: Record<string, string | string[] | undefined>;
}

/** Unlike fetch, sends the path exactly as given. */
function get(
  port: number,
  target: string,
  options: { method?: string; host?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = "GET", host = `127.0.0.1:${port}` } = options;
    const sent = request(
      { host: "127.0.0.1", port, path: target, method, headers: { Host: host } },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (body += chunk));
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
        );
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}

describe("the server of the pages", () => {
  const folder = temporaryFolder();
  let served: Served;
  before(async () => {
    const site = path.join(folder(), "site");
    mkdirSync(path.join(site, "sub"), { recursive: true });
    writeFileSync(path.join(folder(), "secret.txt"), "secret");
    writeFileSync(path.join(site, "index.html"), "<p>index");
    writeFileSync(path.join(site, "a b.html"), "<p>page");
    writeFileSync(path.join(site, "sub", "plotly.js"), "1");
    symlinkSync(path.join(folder(), "secret.txt"), path.join(site, "link.txt"));
    served = await serve(site, 0);
  });
  after(() => served.close());

  it("serves what the folder holds, with the right types", async () => {
    const index = await get(served.port, "/?x=1");
    expect(index).to.include({ status: 200, body: "<p>index" });
    expect(index.headers["content-type"]).to.equal("text/html; charset=utf-8");
    expect(index.headers["x-content-type-options"]).to.equal("nosniff");
    expect((await get(served.port, "/a%20b.html")).body).to.equal("<p>page");
    const script = await get(served.port, "/sub/plotly.js");
    expect(script.headers["content-type"]).to.equal("text/javascript; charset=utf-8");
    expect(await get(served.port, "/", { method: "HEAD" })).to.include({ status: 200, body: "" });
  });

  for (const target of [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/sub/../../secret.txt",
    "/..\\secret.txt",
    "//secret.txt",
    "/link.txt",
    "/sub",
    "/%00",
    "/%zz",
    "/a b.html/../index.html",
  ]) {
    it(`does not leave the folder for ${JSON.stringify(target)}`, async () => {
      const answer = await get(served.port, target.replaceAll(" ", "%20"));
      expect(answer.status).to.equal(404);
      expect(answer.body).to.not.contain("secret\n").and.not.equal("secret");
    });
  }

  it("only reads, and only for this computer's own name", async () => {
    expect((await get(served.port, "/", { method: "POST" })).status).to.equal(405);
    expect((await get(served.port, "/", { host: "evil.example:80" })).status).to.equal(403);
    expect((await get(served.port, "/", { host: "localhost" })).status).to.equal(200);
  });

  it("says that a port is in use, and finds another where none was asked for", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    const address = blocker.address();
    const port = typeof address === "object" && address ? address.port : 0;
    try {
      let thrown: unknown;
      await serve(folder(), port).catch((error: unknown) => (thrown = error));
      expect(thrown)
        .to.be.instanceOf(Failure)
        .with.property("message", `Port ${port} cannot be used: it is in use; choose another with --port.`);
    } finally {
      blocker.close();
    }
    const first = await serve(folder());
    const second = await serve(folder());
    expect(second.port).to.be.greaterThan(first.port);
    await Promise.all([first.close(), second.close()]);
  });
});
