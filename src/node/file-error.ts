import { ModelError } from "../diagnostics.ts";

/** What the system's error codes mean to a user. */
const CAUSES = new Map([
  ["ENOENT", "there is no such file or folder"],
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["EISDIR", "it is a folder"],
  ["ENOTDIR", "a part of its path is not a folder"],
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["EROFS", "the file system is read-only"],
  ["EMFILE", "too many files are open"],
  ["ENAMETOOLONG", "its name is too long"],
]);

/** A failure of the file system as a ModelError that names the path and the cause. */
export function fileError(path: string, error: unknown, action: "read" | "write"): ModelError {
  const code = errorCode(error);
  const cause = CAUSES.get(code) ?? (error instanceof Error ? error.message : String(error));
  return new ModelError({
    code: `file-${code === "" ? "error" : code.toLowerCase()}`,
    message: `The file cannot be ${action === "read" ? "read" : "written"}: ${cause}.`,
    at: { file: path },
  });
}

function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}
