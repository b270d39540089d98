import Mocha from "mocha";

/**
 * Mocha's spec reporter, closed by the two things a reader looks for: what was left out, by name and once, and
 * the plain count `N passed, N failed, N skipped`.
 */
class Reporter extends Mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    const skipped: string[] = [];
    runner.on("pending", (test) => {
      skipped.push(test.fullTitle());
    });
    runner.once("end", () => {
      if (skipped.length > 0) {
        console.log("Left out:");
        for (const title of skipped) console.log(`  ${title}`);
      }
      const { passes, failures, pending } = this.stats;
      console.log(`\n${String(passes)} passed, ${String(failures)} failed, ${String(pending)} skipped`);
    });
  }
}
export = Reporter;
