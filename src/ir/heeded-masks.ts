import { releaseOf } from "./fields/release.ts";
import type { LayerDef } from "./layer.ts";
import type { Layer } from "./model.ts";

/** What tells how a layer treats masks in the Keras that it computes as. */
type Dated = { readonly def?: LayerDef } & Pick<Layer, "older">;

/** Whether its calls heed masks that come with their inputs. */
export const heedsMasks = ({ def, older }: Dated): boolean => isSince(def?.older?.masks_since?.heeds, older);

/** Whether its calls hang masks on what they give out. */
export const handsMasksOn = ({ def, older }: Dated): boolean =>
  def?.supports_masking === true && isSince(def.older?.masks_since?.hands_on, older);

/** Whether a Keras is of this release or a later one; a version that says nothing is the newest. */
export const isSince = (first = 0, older: Layer["older"]): boolean =>
  ((older && releaseOf(older)?.number) ?? Infinity) >= first;
