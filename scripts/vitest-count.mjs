// Prints `N passed, N failed` of a vitest JSON report. A file that could not be run counts as one failure.
import { readFileSync } from "node:fs";

const report = JSON.parse(readFileSync(process.argv[2], "utf8"));
const broken = report.testResults.filter(
  (file) => file.status === "failed" && !file.assertionResults.some(failed),
);
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + broken.length} failed`);

function failed(test) {
  return test.status === "failed";
}
