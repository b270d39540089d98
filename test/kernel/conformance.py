"""Jupyter's own conformance suite, jupyter_kernel_test, against the installed kernel "convlab".

Prints one line a test, `ok NAME`, `skip NAME reason` or `fail NAME`, the failures' text after them.
"""

import sys
import unittest

import jupyter_kernel_test

HOST = "(globalThis as any)[Symbol.for('convlab.host')]"


class ConvlabTests(jupyter_kernel_test.KernelTests):
    kernel_name = "convlab"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("oops")'
    completion_samples = [
        {"text": "const zebraStripes = 1; zebraStr", "matches": {"zebraStripes"}},
        {"text": "Math.hyp", "matches": {"hypot"}},
    ]
    complete_code_samples = ["1", "console.log('x')", "function f() {\n  return 1\n}"]
    incomplete_code_samples = ["console.log('x'", "function f() {", "`abc"]
    invalid_code_samples = ["const = 3", "f)", "let 3x"]
    code_page_something = "?Math.hypot"
    code_generate_error = 'throw new Error("x")'
    code_execute_result = [
        {"code": "1+2+3", "result": "6"},
        {"code": "'a'.repeat(3)", "result": "'aaa'"},
    ]
    code_display_data = [
        {
            "code": f"{HOST}.display({{ 'image/png': 'iVBORw0KGgo=', 'text/plain': 'p' }})",
            "mime": "image/png",
        }
    ]
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.hypot"
    code_clear_output = f"{HOST}.clearOutput()"


class WelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "convlab"
    support_iopub_welcome = True


class Lines(unittest.TestResult):
    problems = []

    def addSuccess(self, test):
        print("ok", test._testMethodName)

    def addSkip(self, test, reason):
        print("skip", test._testMethodName, reason)

    def addFailure(self, test, err):
        print("fail", test.id().split(".")[-1])
        self.problems.append(self._exc_info_to_string(err, test))

    addError = addFailure

    def addSubTest(self, test, subtest, err):
        if err is not None:
            print("fail", test._testMethodName)
            self.problems.append(self._exc_info_to_string(err, test))


if __name__ == "__main__":
    result = Lines()
    load = unittest.defaultTestLoader.loadTestsFromTestCase
    unittest.TestSuite([load(ConvlabTests), load(WelcomeTests)]).run(result)
    print("\n".join(result.problems), file=sys.stderr)
    sys.exit(1 if result.problems else 0)
