// Prints `FAIL FILE: NAME: WHY` for each failure of a vitest JSON report, and `N passed, N failed`. A file that could not be run counts as one failure.
import { readFileSync } from "node:fs";
import { relative } from "node:path";

const WHY_LIMIT = 500;
const { testResults, numPassedTests } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const failures = testResults.flatMap((file) => {
  const tests = file.assertionResults.filter(({ status }) => status === "failed");
  const path = relative(".", file.name);
  if (tests.length > 0) return tests.map((test) => line(path, test.fullName, test.failureMessages.join(" ")));
  return file.status === "failed" ? [line(path, "the file", file.message)] : [];
});
for (const failure of failures) console.log(failure);
console.log(`${numPassedTests} passed, ${failures.length} failed`);

function line(path, name, why) {
  return `FAIL ${path}: ${name}: ${why.replace(/\s+/g, " ").slice(0, WHY_LIMIT)}`;
}
