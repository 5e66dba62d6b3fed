import { ModelError } from "../diagnostics.ts";

/** What stands where nobody gave a time; any fixed one makes equal models equal files. */
const NO_DATE = "1980-01-01@00:00:00";
/** The last second of the year 9999. */
const LAST = 253402300799;

/** A time as Keras writes it, in UTC, from the text of SOURCE_DATE_EPOCH: whole seconds since 1970. */
export function dateSaved(epoch: string | undefined): string {
  if (epoch === undefined || epoch === "") return NO_DATE;
  if (/^\d{1,12}$/.test(epoch) && Number(epoch) <= LAST)
    return new Date(Number(epoch) * 1000).toISOString().slice(0, 19).replace("T", "@");
  throw new ModelError({
    code: "bad-source-date-epoch",
    message: "The environment's SOURCE_DATE_EPOCH is no time.",
    expected: "whole seconds since 1970",
    received: JSON.stringify(epoch.slice(0, 40)),
  });
}
