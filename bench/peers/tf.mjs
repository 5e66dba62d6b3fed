import { nativePeer } from "../native.mjs";

/** TensorFlow alone: the compiled function inside of Keras's calls, one thread. */
export default nativePeer("tf");
