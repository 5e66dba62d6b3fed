const WHY_LIMIT = 5000;

/** Counts the cases of a suite, prints each, and closes with `N passed, N failed`, which also sets the exit code. */
export function tally() {
  let passed = 0;
  let failed = 0;
  const pass = (name) => {
    passed++;
    console.log(`ok ${name}`);
  };
  const fail = (name, why) => {
    failed++;
    console.log(`FAIL ${name}: ${String(why).slice(0, WHY_LIMIT)}`);
  };
  const attempt = (name, action) => {
    try {
      return action();
    } catch (error) {
      fail(name, error.message);
      return undefined;
    }
  };
  const close = () => {
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed || !passed ? 1 : 0;
  };
  return { pass, fail, attempt, close };
}
