import { checkKeys, ModelError, render } from "./diagnostics.ts";
import { compileTo, type CompileToOptions } from "./compile-to.ts";
import type { JoinOptions, Joined } from "./formats/join-weights.ts";
import { type Limits, withDefaults } from "./diagnostics/limits.ts";
import { build } from "./ir/build.ts";
import type { Model as IrModel } from "./ir/model.ts";
import { checkOptions, flag, type OptionSchemas, orNull, whole } from "./ir/options.ts";
import type { CompileSpec, ModelSpec, Note } from "./ir/spec.ts";
import type { FloatTensor, Nest, Tensor } from "./ir/tensor.ts";
import { newSession } from "./load/engine.ts";
import type { Host } from "./load/host.ts";
import type { LoadOptions } from "./load/options.ts";
import { restoreWeights } from "./load/restore.ts";
import type { Source } from "./load/source.ts";
import { readWeights } from "./load/weights.ts";
import type { Core } from "./runtime/core.ts";
import type { Data } from "./runtime/data.ts";
import type { CompileOptions } from "./runtime/model-options.ts";
import { createModel, Model as RunningModel } from "./runtime/model.ts";
import type { PredictOptions } from "./runtime/predict.ts";
import {
  type BytesOptions,
  bytesWriter,
  chosenWriter,
  type FolderFormat,
  modelFile,
  type SaveFormat,
  type SaveOptions,
} from "./save.ts";
import { dateSaved } from "./save/date.ts";
import { type KeptSettings, keptSettings, type Said } from "./save/kept-settings.ts";
import type { Writer } from "./save/writer.ts";

const COMPILE_KEYS = ["optimizer", "loss", "metrics", "loss_weights", "weighted_metrics"];
const JOIN: OptionSchemas<JoinOptions> = { by_name: flag, skip_mismatch: flag };

/** A Keras model that runs, trains, and saves itself; `Y` is what `predict` gives: a tensor, or a nest of them. */
export class Model<Y extends Nest<Tensor> = FloatTensor> extends RunningModel {
  /** What was guessed, skipped or left out while the model was made. */
  readonly notes: Note[] = [];
  private readonly host: Host;
  private readonly limits: Limits;
  /** What the file that the model comes from says besides the model. */
  private readonly origin: Origin;

  constructor(core: Core, host: Host, limits: Limits, origin: Origin = {}) {
    super(core);
    this.host = host;
    this.limits = limits;
    this.origin = origin;
  }

  /** Why the settings of `compile` in the model's source could not be taken; undefined where they or others were. */
  get compileProblem(): ModelError | undefined {
    return this.core.compileProblem;
  }

  /** Outputs for samples: one array in, one tensor out; several inputs or outputs as a list or a record by name. */
  override predict(x: Data, options: PredictOptions = {}): Y {
    checkOptions("predict", options, { batch_size: orNull(whole(1)) });
    return super.predict(x, options) as Y;
  }

  /** Keras's `compile`: names, or objects with class_name and config; ModelErrors say what is unknown. */
  override compile(options: CompileOptions): void {
    checkKeys("compile", options, COMPILE_KEYS);
    super.compile(options);
  }

  /** Takes the settings of a source; those that cannot be taken are noted, because predictions do not need them. */
  restoreCompile(spec: CompileSpec | undefined): void {
    if (!spec) return;
    try {
      this.settle(spec, "source");
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      this.core.compileProblem = error;
    }
    const { compile, compileProblem } = this.core;
    const lost = compile ? "cannot be trained" : "is not compiled";
    this.notes.push(
      ...(compileProblem?.errors ?? []).map(({ at, ...problem }) => ({
        message: `The model ${lost}: ${render(problem)}`,
        ...(at && { at }),
      })),
    );
  }

  /** Takes the weights of a file; every mismatch is thrown at once, and then nothing has changed. */
  async loadWeights(source: Source, options: JoinOptions = {}): Promise<void> {
    checkOptions("loadWeights", options, JOIN);
    const file = await readWeights(source, this.host, this.limits);
    this.notes.push(...restoreWeights(this.core, file, options));
  }

  /**
   * Writes the model to a path whose ending says the format: `.keras`, `.h5`, `.weights.h5` or `.json`; a slash at the
   * end asks for the files of a TensorFlow.js model in that folder. A file is whole or as it was before. Where there
   * are no paths the file is returned as a Blob.
   */
  override async save(path: string, options: SaveOptions = {}): Promise<Blob | undefined> {
    const made = await this.file(chosenWriter(path, options), options.keras);
    return made instanceof Uint8Array ? this.host.write(path, made) : this.host.writeFolder(path, made);
  }

  /** The bytes of the file that `save` would write; for formats of several files these by name. */
  async toBytes<F extends SaveFormat>(format: F, options: BytesOptions = {}): Promise<SavedAs<F>> {
    const made = await this.file(bytesWriter(format, options), options.keras);
    return (made instanceof Uint8Array ? made : Object.fromEntries(made)) as SavedAs<F>;
  }

  private file(writer: Writer, keras: unknown): ReturnType<typeof modelFile> {
    const { spawn, source_date_epoch } = this.host;
    const { date_saved = dateSaved(source_date_epoch?.()), assets } = this.origin;
    // a model may be saved after every epoch
    const tell = (note: Note): void => {
      if (!this.notes.some(({ message }) => message === note.message)) this.notes.push(note);
    };
    const generation = this.core.ir.older ? "2" : "3";
    const kept = (): KeptSettings | undefined => keptSettings(this.origin, generation);
    return modelFile(this.core, writer, { keras, spawn, date_saved, tell, kept, ...(assets && { assets }) });
  }

  /** A standalone bundle: its files by name. */
  async compileTo(options: CompileToOptions = {}): Promise<{ readonly files: Map<string, Uint8Array> }> {
    return compileTo(this.core, options);
  }
}

/** What `toBytes` gives: the bytes of a file, or files by name. */
export type SavedAs<F extends SaveFormat> = F extends FolderFormat
  ? Readonly<Record<string, Uint8Array<ArrayBuffer>>>
  : Uint8Array<ArrayBuffer>;

/** What a file says besides its model, and what is saved with the model again. */
export interface Origin extends Said {
  /** As Keras writes it: "2026-01-31@12:00:00". */
  readonly date_saved?: string;
  /** Files of layers by their names in the archive. */
  readonly assets?: ReadonlyMap<string, Uint8Array>;
}

/** What a model is made from. */
export interface Parts {
  readonly spec: ModelSpec;
  readonly ir: IrModel;
  readonly seed?: number;
  readonly joined?: Joined;
  readonly origin?: Origin;
}

/** A model ready to run, weights that are not given drawn; not yet compiled. */
export function newModel<Y extends Nest<Tensor> = FloatTensor>(
  { spec, ir, seed, joined, origin }: Parts,
  options: LoadOptions,
  host: Host,
): Model<Y> {
  const seeded = seed === undefined ? {} : { seed };
  const { core } = createModel({
    ir,
    session: newSession(options),
    ...(joined && { arrays: joined.weights }),
    ...seeded,
    platform: host.platform(),
    ...(options.keras !== undefined && { keras: options.keras }),
    ...(!ir.built && { rebuild: (shape) => build({ ...spec, build_input_shape: shape }, seeded) }),
  });
  const model = new Model<Y>(core, host, withDefaults(options.limits), origin);
  model.notes.push(...(joined?.notes ?? []));
  return model;
}
