using AdaptiveInference.ML.Benchmarks;
using AdaptiveInference.ML.Benchmarks.Cascade;
using AdaptiveInference.ML.Benchmarks.Drift;
using AdaptiveInference.ML.Benchmarks.Evidence;
using AdaptiveInference.ML.Benchmarks.Executor;
using AdaptiveInference.ML.Benchmarks.FewImages;
using AdaptiveInference.ML.Benchmarks.Hostile;
using AdaptiveInference.ML.Benchmarks.Kernels;
using AdaptiveInference.ML.Benchmarks.MetricsCost;
using AdaptiveInference.ML.Benchmarks.Overload;
using AdaptiveInference.ML.Benchmarks.Stress;
using AdaptiveInference.ML.Benchmarks.Photos;
using AdaptiveInference.ML.Benchmarks.Promises;
using AdaptiveInference.ML.Benchmarks.Quantisation;
using AdaptiveInference.ML.Benchmarks.Scoring;
using AdaptiveInference.ML.Benchmarks.StartUp;
using AdaptiveInference.ML.Benchmarks.TimeBudget;
using AdaptiveInference.ML.Benchmarks.TrainingSpeed;
using AdaptiveInference.ML.Benchmarks.Workers;

// Usage: dotnet run -c Release --project tests/AdaptiveInference.ML.Benchmarks -- [benchmark] [its arguments]
(string Name, string Measures, Action<string[]> Run)[] benchmarks =
[
    ("executor", "one image: the plan against ONNX Runtime running the dense network", ExecutorProgram.Run),
    ("widths", "the same with narrower vectors", WidthsProgram.Run),
    ("layers", "every convolution while its network runs", LayersProgram.Run),
    ("kernels", "every kernel by itself", KernelProgram.Run),
    ("int8-kernels", "convolutions in 8 bits against those in 32", EightBitProgram.Run),
    ("int8-accuracy", "trained networks in 8 bits and in 32: accuracy, gate decisions and exits", Int8AccuracyProgram.Run),
    ("int8-photos", "the pretrained network with exit heads on photos, in 8 bits and in 32", Int8PhotosProgram.Run),
    ("scoring", "many rows on one core and two, and single predictions, against the executor and ApplyOnnxModel", ScoringProgram.Run),
    ("stress", "the web API with many clients, broken requests, clients that hang up and a model that is replaced", StressProgram.Run),
    ("overload", "the web API with several times the images that it can classify: with and without its ladder", OverloadProgram.Run),
    ("workers", "the workers at a broker: killed again and again, two against one, and what the queue costs", WorkersProgram.Run),
    ("metrics-cost", "what metrics and spans cost a prediction, with and without a listener", MetricsCostProgram.Run),
    ("start-up", "a fresh process from loading a model to predictions at full speed", StartUpProgram.Run),
    ("evidence", "trained networks: accuracy against compute on a whole data set", EvidenceProgram.Run),
    ("promises", "certificates by rows drawn again and again: how often they are broken, and what they cost", PromisesProgram.Run),
    ("cascade", "a network at half the resolution in front of itself, against each of the two alone", CascadeProgram.Run),
    ("temperatures", "whether a temperature for each head's confidences pays: dial, guarantee and refusal", TemperatureProgram.Run),
    ("few-images", "a few hundred colour images: ways from a pretrained network to a model, and from file to label", FewImagesProgram.Run),
    ("hostile-models", "altered model files: each is scored or refused, in how much time and memory", HostileModelsProgram.Run),
    ("hostile-checkpoints", "altered checkpoints of training and PyTorch: used or refused, and how fast", HostileCheckpointsProgram.Run),
    ("hostile-onnx", "altered ONNX files: each is imported and scored or refused, in how much time and memory", HostileOnnxProgram.Run),
    ("drift", "the drift monitor on simulated streams: false alarms, and rows until a drift is found", DriftProgram.Run),
    ("time-budget", "budgets of time against budgets of MACs: what is asked for and what images take", TimeBudgetProgram.Run),
    ("photos", "JPEG files of 1 to 108 megapixels to pixels: time and memory, against ML.NET's own way", PhotosProgram.Run),
    ("training-speed", "images per second of a whole Fit: this library against PyTorch", TrainingSpeedProgram.Run),
    ("training-profile", "where the time of a training step goes, and of a Fit before the first one", TrainingProfileProgram.Run),
    ("same-model", "many fits with one seed beside busy loops: whether all give the same weights", SameModelProgram.Run),
    ("augmentation", "images that one core varies in a second, against what a training step takes", AugmentationProgram.Run),
];

var name = args.Length > 0 ? args[0] : benchmarks[0].Name;
var chosen = Array.Find(benchmarks, benchmark => benchmark.Name == name);
if (chosen.Run is null)
{
    Console.Error.WriteLine($"There is no benchmark '{name}'. There are:");
    foreach (var benchmark in benchmarks)
    {
        Console.Error.WriteLine($"  {benchmark.Name,-16}{benchmark.Measures}");
    }

    return 1;
}

try
{
    chosen.Run([.. args.Skip(1)]);
    return 0;
}
catch (BenchmarkArgumentException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
