// The kernels that are compared: a kernelspec for each that is installed, and the cells in its own language.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";

const require = createRequire(import.meta.url);

const javascript = {
  trivial: "1 + 1",
  typed: (i) => `const value${i}: number = ${i}; value${i} + 1`,
  completion: "Math.hyp",
  hover: "Math.hypot",
  busy: (seconds) => `const until = Date.now() + ${seconds * 1000}; while (Date.now() < until) { } 0`,
  lines: "for (let i = 0; i < 20000; i++) console.log('line', i)",
  keep: "var keep = 42",
  kept: "keep",
  interrupts: {
    "sync loop": "for (;;) { }",
    "await loop": "for (;;) await new Promise((r) => setTimeout(r, 5))",
    "await null loop": "for (;;) await null",
    "backtracking regex": "/(a+)+b/.test('a'.repeat(40))",
  },
};

const convolution =
  "import { conv2d, rand } from 'convlab'; const image = rand([32, 256, 256], { seed: 1 }), weight = rand([32, 32, 3, 3], { seed: 2 }); for (;;) conv2d(image, weight, { padding: 1 })";

const python = {
  trivial: "1 + 1",
  typed: (i) => `value${i}: int = ${i}\nvalue${i} + 1`,
  completion: "import math; math.hyp",
  hover: "print",
  busy: (seconds) => `import time\nuntil = time.time() + ${seconds}\nwhile time.time() < until: pass`,
  lines: "for i in range(20000): print('line', i)",
  keep: "keep = 42",
  kept: "keep",
  interrupts: {
    "sync loop": "while True: pass",
    "await loop": "import asyncio\nwhile True: await asyncio.sleep(0.005)",
    "await null loop": "import asyncio\nwhile True: await asyncio.sleep(0)",
    "backtracking regex": "import re; re.match('(a+)+b', 'a' * 40)",
  },
};

/** The executable itself: the package's own script would only start it. */
function denoProgram() {
  const inside = createRequire(require.resolve("deno/package.json"));
  const libc = process.platform === "linux" ? "-glibc" : "";
  const name = `@deno/${process.platform}-${process.arch}${libc}`;
  const folder = path.dirname(inside.resolve(`${name}/package.json`));
  return path.join(folder, process.platform === "win32" ? "deno.exe" : "deno");
}

function find(action) {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** The peers that are there, and by name those that are not. Kernelspecs are written where JUPYTER_PATH leads. */
export function findPeers() {
  const pythonProgram = process.env.CONVLAB_PYTHON ?? "python3";
  const candidates = [
    {
      name: "convlab",
      cells: { ...javascript, interrupts: { ...javascript.interrupts, conv2d: convolution } },
    },
    // Another build of this kernel, `CONVLAB_BEFORE=FOLDER`: what a change costs or brings is seen in one run.
    {
      name: "before",
      cells: javascript,
      argv: process.env.CONVLAB_BEFORE && [
        process.execPath,
        path.join(process.env.CONVLAB_BEFORE, "dist/kernel/main.js"),
        "{connection_file}",
      ],
      version: process.env.CONVLAB_BEFORE && "build",
    },
    {
      name: "tslab",
      cells: javascript,
      argv: find(() => {
        const bin = path.join(path.dirname(require.resolve("tslab/package.json")), "bin", "tslab");
        return [process.execPath, bin, "kernel", "--config-path={connection_file}"];
      }),
      version: find(() => require("tslab/package.json").version),
    },
    {
      name: "deno",
      cells: javascript,
      argv: find(() => [denoProgram(), "jupyter", "--kernel", "--conn", "{connection_file}"]),
      version: find(() => require("deno/package.json").version),
    },
    {
      name: "ipykernel",
      cells: python,
      argv: [pythonProgram, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
      version: spawnSync(pythonProgram, ["-c", "import ipykernel; print(ipykernel.__version__)"], {
        encoding: "utf8",
      }).stdout?.trim(),
    },
  ];
  const folder = mkdtempSync(path.join(tmpdir(), "convlab-bench-"));
  const peers = candidates.filter(({ name, version, argv }) => name === "convlab" || (version && argv));
  for (const { name, argv } of peers) {
    if (!argv) continue;
    const spec = path.join(folder, "kernels", name);
    mkdirSync(spec, { recursive: true });
    writeFileSync(
      path.join(spec, "kernel.json"),
      JSON.stringify({ argv, display_name: name, language: name, env: { NO_COLOR: "1" } }),
    );
  }
  process.env.JUPYTER_PATH = folder;
  const missing = candidates
    .filter((peer) => !peers.includes(peer) && peer.name !== "before")
    .map(({ name }) => name);
  return { peers, missing };
}
