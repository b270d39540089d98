import { expect } from "chai";
import { homedir, userInfo } from "node:os";
import path from "node:path";
import { userDataFolder } from "../../kernel/kernelspec";
import { homeFolder, userFolder } from "../../kernel/user-folders";
import { Folder, openKernel, succeeded, textOf } from "./support";

/** Makes Node answer as it does for a user whom the system does not know, and who has no HOME. */
const homeless = `const os = require("node:os");
const unknown = () => { throw new Error("uv_os_homedir returned ENOENT"); };
os.homedir = unknown;
os.userInfo = unknown;
`;

describe("a user's folders", () => {
  const former = process.env["HOME"];
  afterEach(() => {
    if (former === undefined) delete process.env["HOME"];
    else process.env["HOME"] = former;
  });

  it("are those that variables name, where these are absolute paths", () => {
    process.env["HOME"] = "/home/of-mine";
    expect(userFolder("/data", ".local", "share")).to.equal("/data");
    for (const given of [undefined, "", "relative", "./here"])
      expect(userFolder(given, ".local", "share")).to.equal("/home/of-mine/.local/share");
    expect(userDataFolder({ XDG_DATA_HOME: "" })).to.match(/^\/home\/of-mine\//);
    expect(userDataFolder({ JUPYTER_DATA_DIR: "/jupyter", XDG_DATA_HOME: "/data" })).to.equal("/jupyter");
  });

  it("are in the home that the system knows, where HOME is empty, relative or not set", () => {
    for (const home of ["", "relative", undefined]) {
      if (home === undefined) delete process.env["HOME"];
      else process.env["HOME"] = home;
      expect(homeFolder()).to.equal(userInfo().homedir);
    }
  });

  it("may not exist: the kernel runs, and keeps its history in memory", async () => {
    const folder = new Folder();
    const preload = folder.write("homeless.cjs", homeless);
    const cache = process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache");
    const env = {
      NODE_OPTIONS: `--require ${preload}`,
      XDG_CACHE_HOME: cache,
      XDG_DATA_HOME: "",
      CONVLAB_HISTORY: "",
    };
    const kernel = await openKernel(folder, env);
    try {
      expect(textOf(succeeded(await kernel.execute("6 * 7")).outputs)).to.equal("42");
      const { history } = await kernel.request("history_request", {
        hist_access_type: "tail",
        n: 5,
        output: true,
        raw: true,
      });
      expect(history).to.deep.equal([[1, 1, ["6 * 7", "42"]]]);
    } finally {
      await kernel.shutdown();
      folder.remove();
    }
  });
});
