import { type Backend, backendNames, findBackend, useBackend } from "../../src/index.js";

/**
 * Runs a suite once for each backend. One that this machine cannot run is left out by name. A backend takes part
 * by being offered in src/backend/index.ts: nothing has to be added here.
 */
export function eachBackend(title: string, suite: (backend: Backend) => void): void {
  for (const name of backendNames()) {
    const found = findBackend(name);
    describe(`${title} (${name})`, () => {
      if (found === undefined) {
        it(`runs on this machine: ${name}`);
        return;
      }
      before(() => void useBackend(name));
      after(() => void useBackend("auto"));
      suite(found);
    });
  }
}
