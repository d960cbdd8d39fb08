using AdaptiveInference.ML.Benchmarks.Models;
using AdaptiveInference.ML.Transforms;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Model;
using AdaptiveInference.ML.Transforms.Onnx;
using AdaptiveInference.ML.Transforms.Scoring;
using Google.Protobuf;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Onnx;

namespace AdaptiveInference.ML.Benchmarks.Scoring;

/// <summary>
/// Fashion-MNIST rows, a SkipNet that skips about half of its blocks by its own decisions, and the ways to score all rows: the executor in
/// a loop, <c>Transform</c>, and <c>ApplyOnnxModel</c> of the dense network.
/// </summary>
internal sealed class ScoringSubject : IDisposable
{
    private const int CalibrationImages = 400;

    private readonly MLContext _context = new(1);
    private readonly GatedResNetModel _model;
    private readonly float[][] _images;
    private readonly IDataView _rows;
    private readonly string _onnxFile = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".onnx");
    private readonly Dictionary<int, IDataView> _onnx = [];

    public ScoringSubject(int depth, int rows)
    {
        Shape = new ImageShape(1, 28, 28);
        _images = FashionImages.Read(Shape, rows);
        _model = GatedModels.Create(
            new NetworkSpec
            {
                Network = NetworkKind.SkipNet,
                Gate = GateKind.Recurrent,
                Architecture = ResNetArchitecture.Cifar(depth),
                Image = Shape,
                Classes = 10,
            },
            _images[..Math.Min(CalibrationImages, rows)],
            _images);
        Transformer = new GatedResNetTransformer(_context, _model, GatedModels.Columns);
        _rows = _context.Data.LoadFromEnumerable(
            _images.Select(image => new ImageRow { Features = image }).ToArray(), ImageRow.Schema(Shape));
        File.WriteAllBytes(_onnxFile, OnnxExporter.Export(GatedModels.Dense(_model)).ToByteArray());
    }

    public ImageShape Shape { get; }

    public GatedResNetTransformer Transformer { get; }

    public IReadOnlyList<float[]> Images => _images;

    public MLContext Context => _context;

    public ScoringPolicy Policy => _model.Policy;

    /// <summary>Scores all rows with the bare executor, on as many threads as there are cores.</summary>
    public void RunExecutor()
    {
        var next = -1;
        var workers = new Thread[Environment.ProcessorCount - 1];
        for (var worker = 0; worker < workers.Length; worker++)
        {
            workers[worker] = new Thread(Work);
            workers[worker].Start();
        }

        Work();
        foreach (var worker in workers)
        {
            worker.Join();
        }

        void Work()
        {
            var result = new ScoreResult(_model.Spec.Classes, _model.Blocks.Blocks.Count);
            for (var row = Interlocked.Increment(ref next); row < _images.Length; row = Interlocked.Increment(ref next))
            {
                RowScorer.Run(Transformer.Plan, _model.Policy, _images[row], result);
            }
        }
    }

    /// <summary>Scores all rows with <c>Transform</c> and reads every scored column.</summary>
    public void RunTransform()
    {
        var scored = Transformer.Transform(_rows);
        var columns = scored.Schema.Where(column => column.Index >= _rows.Schema.Count).ToArray();
        using var cursor = scored.GetRowCursor(columns);
        var score = cursor.GetGetter<VBuffer<float>>(columns[0]);
        var label = cursor.GetGetter<uint>(columns[1]);
        var path = cursor.GetGetter<VBuffer<float>>(columns[2]);
        var fraction = cursor.GetGetter<float>(columns[3]);
        VBuffer<float> scores = default, ran = default;
        uint key = 0;
        var compute = 0f;
        while (cursor.MoveNext())
        {
            score(ref scores);
            label(ref key);
            path(ref ran);
            fraction(ref compute);
        }
    }

    /// <summary>Scores all rows with the dense network in ONNX Runtime and reads the scores.</summary>
    public void RunOnnx(int threads) => ReadOnnx(threads, static (_, _) => { });

    /// <summary>What to know about the figures: how much was skipped, and that both compute the same network.</summary>
    public string Facts()
    {
        var result = new ScoreResult(_model.Spec.Classes, _model.Blocks.Blocks.Count);
        var open = new double[_model.Blocks.Blocks.Count];
        var paths = new HashSet<string>();
        double compute = 0, worst = 0;
        foreach (var image in _images)
        {
            RowScorer.Run(Transformer.Plan, _model.Policy, image, result);
            compute += result.ComputeFraction / _images.Length;
            paths.Add(string.Join("", result.Path));
            for (var block = 0; block < open.Length; block++)
            {
                open[block] += result.Path[block] / _images.Length;
            }
        }

        var dense = Transformer.WithGateThreshold(0);
        ReadOnnx(1, (row, scores) =>
        {
            if (row < 50)
            {
                RowScorer.Run(dense.Plan, dense.Model.Policy, _images[row], result);
                worst = Math.Max(worst, result.Probabilities.Zip(scores, (mine, peer) => Math.Abs(mine - peer)).Max());
            }
        });
        var gated = open.Where((_, block) => _model.Blocks.Blocks[block].IsGated).ToArray();
        return FormattableString.Invariant(
            $"Gates open for {gated.Average():P0} of the images (from {gated.Min():P0} to {gated.Max():P0} by block), ")
            + FormattableString.Invariant($"{paths.Count} different paths, {compute:P0} of the dense network's MACs. ")
            + FormattableString.Invariant($"Largest difference of the dense network from ONNX Runtime: {worst:E1}.");
    }

    public void Dispose()
    {
        Transformer.Dispose();
        File.Delete(_onnxFile);
    }

    private void ReadOnnx(int threads, Action<int, float[]> read)
    {
        if (!_onnx.TryGetValue(threads, out var scored))
        {
            var pipeline = _context.Transforms.CopyColumns("image", nameof(ImageRow.Features)).Append(_context.Transforms.ApplyOnnxModel(
                new OnnxOptions
                {
                    ModelFile = _onnxFile,
                    InputColumns = ["image"],
                    OutputColumns = ["score"],
                    IntraOpNumThreads = threads,
                    InterOpNumThreads = 1,
                }));
            _onnx.Add(threads, scored = pipeline.Fit(_rows).Transform(_rows));
        }

        using var cursor = scored.GetRowCursor([scored.Schema["score"]]);
        var getter = cursor.GetGetter<VBuffer<float>>(scored.Schema["score"]);
        VBuffer<float> scores = default;
        for (var row = 0; cursor.MoveNext(); row++)
        {
            getter(ref scores);
            read(row, [.. scores.DenseValues()]);
        }
    }
}
