using AdaptiveInference.ML.Layers;
using AdaptiveInference.ML.Samplers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Networks;

/// <content>Parts that stay as they are while the rest learns.</content>
internal sealed partial class GatedResNetModule
{
    private int _frozenStages;
    private bool _keepsBackboneStatistics;

    /// <summary>The heads, those of exits in order and then the last one.</summary>
    public IEnumerable<HeadModule> Heads => [.. _exits, _head];

    /// <summary>Parameters of those among the exits' heads and the last one that have norms, or of those that have none.</summary>
    public IEnumerable<Parameter> HeadParameters(bool isNormalised) => Heads
        .SelectMany((head, place) => head.Unnormalised is null == isNormalised ? ParametersOfHead(place) : []);

    /// <summary>Parameters of one head.</summary>
    /// <param name="place">Its place: the exits in order, and then the last one.</param>
    public IReadOnlyList<Parameter> ParametersOfHead(int place)
    {
        var part = PartOfHead(place);
        return [.. Of(name => NetworkTensors.Part(name) == part)];
    }

    /// <summary>A head's name among <see cref="NetworkTensors.Part"/>.</summary>
    public string PartOfHead(int place) => place < _exits.Length ? FormattableString.Invariant($"exits.{place}") : "head";

    /// <summary>Parameters of stem and blocks behind a number of first stages, gates not among them; 0 is all of them.</summary>
    public IEnumerable<Parameter> StageParameters(int stages)
        => Of(name => NetworkTensors.StageOf(name) is { } stage && (stages == 0 || stage > stages));

    /// <summary>
    /// Freezes the stem and the first stages: their weights get no gradients, and their batch-norm uses the running statistics in training
    /// mode too and leaves them as they are. Gates inside and exits behind them go on learning.
    /// </summary>
    /// <param name="stages">How many; 0 freezes nothing, the stem neither.</param>
    /// <param name="keepsStatistics">
    /// Whether batch-norm of all other blocks keeps its statistics too; its weights and biases learn. Gates and heads have statistics of
    /// their own, which move.
    /// </param>
    public void FreezeStages(int stages, bool keepsStatistics)
    {
        (_frozenStages, _keepsBackboneStatistics) = (stages, keepsStatistics);
        foreach (var (name, parameter) in named_parameters())
        {
            if (NetworkTensors.StageOf(name) is { } stage)
            {
                parameter.requires_grad = !IsFrozen(stage);
            }
        }
    }

    /// <summary>
    /// Runs stem and first blocks alone, by running batch-norm statistics and without gradients, for a pass that goes on from there.
    /// </summary>
    /// <param name="images">Normalised, on the network's device. (N, C, H, W)</param>
    /// <param name="blocks">Blocks to run, at least 1.</param>
    /// <param name="sampler">Decides their gates.</param>
    /// <returns>Tensors of the caller's dispose scope.</returns>
    public NetworkInput RunFirst(Tensor images, int blocks, IGateSampler sampler)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var pass = new Pass(this, NetworkInput.Of(images), sampler, batchStatistics: false);
        var (x, pooled) = (Stem(images, batchStatistics: false), new List<Tensor>());
        for (var block = 0; block < blocks; block++)
        {
            x = pass.Run(_blocks[block], x);
            if (Plan.ExitAfter(block) is { } exit)
            {
                pooled.Add(_exits[exit].Pool(x));
            }
        }

        if (blocks == _blocks.Length)
        {
            pooled.Add(_head.Pool(x));
        }

        return new NetworkInput
        {
            BlocksDone = blocks,
            Map = blocks == _blocks.Length ? null : x.MoveToOuterDisposeScope(),
            HeadInputs = [.. pooled.Select(values => values.MoveToOuterDisposeScope())],
            GateLogits = [.. pass.Decisions.Select(decision => decision.Logit.MoveToOuterDisposeScope())],
        };
    }

    private bool IsFrozen(int stage) => _frozenStages > 0 && stage <= _frozenStages;

    private bool KeepsStatistics(int stage) => _keepsBackboneStatistics || IsFrozen(stage);
}
