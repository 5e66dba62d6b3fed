import { type Code, ModelError } from "../diagnostics.ts";

/** What the system's errors mean to a user. */
const CAUSES = new Map<string, readonly [code: Code, cause: string]>([
  ["ENOENT", ["file-enoent", "there is no such file or folder"]],
  ["EACCES", ["file-eacces", "permission denied"]],
  ["EPERM", ["file-eperm", "permission denied"]],
  ["EISDIR", ["file-eisdir", "it is a folder"]],
  ["ENOTDIR", ["file-enotdir", "a part of its path is not a folder"]],
  ["ENOSPC", ["file-enospc", "the disk is full"]],
  ["EDQUOT", ["file-edquot", "the disk quota is used up"]],
  ["EIO", ["file-eio", "the device failed"]],
  ["EROFS", ["file-erofs", "the file system is read-only"]],
  ["EMFILE", ["file-emfile", "too many files are open"]],
  ["ENAMETOOLONG", ["file-enametoolong", "its name is too long"]],
]);

/** A failure of the file system as a ModelError that names the path and the cause. */
export function fileError(path: string, error: unknown, action: "read" | "write"): ModelError {
  const said = error instanceof Error ? error.message : String(error);
  const [code, cause] = CAUSES.get(errorCode(error)) ?? (["file-error", said] as const);
  return new ModelError({
    code,
    message: `The file cannot be ${action === "read" ? "read" : "written"}: ${cause}.`,
    at: { file: path },
  });
}

function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}
