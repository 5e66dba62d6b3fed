import { nativePeer } from "../native.mjs";

/** Real Keras: `predict_on_batch` and `train_on_batch`, one thread. */
export default nativePeer("keras");
