/** A Keras object in canonical form: what `keras.saving.serialize_keras_object` keeps of it. */
export interface KerasObject {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
}
/** An activation is a name, or the object of an activation layer used as one (`activation=LeakyReLU(0.1)`). */
export type ActivationConfig = string | KerasObject;
/** A layer as an option of another one: what the builders make, `layers.LSTM({ units: 4 })`. */
export interface LayerOption {
  readonly handle: object;
}
export interface InitializerConfig extends KerasObject {
  /** Keras makes it with the weight, not with the layer: nobody named one. */
  readonly late?: true;
}
export type RegularizerConfig = KerasObject;
export type ConstraintConfig = KerasObject;
