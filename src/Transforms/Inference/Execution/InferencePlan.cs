using System.Diagnostics;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Cost;
using AdaptiveInference.ML.Transforms.Inference.Kernels.EightBit;
using AdaptiveInference.ML.Transforms.Inference.Compiled;
using AdaptiveInference.ML.Transforms.Inference.Simd;
using AdaptiveInference.ML.Transforms.Model;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>
/// A network compiled for scoring: batch-norm folded into convolutions, weights packed for the kernels of this machine, every feature map
/// placed in an arena. Immutable and safe to use from any number of threads; each image in flight has an arena of its own, and after
/// warm-up an image allocates nothing. A skipped block costs its gate and nothing else.
/// </summary>
internal sealed unsafe class InferencePlan
{
    // Below this many multiply–accumulates in a block its convolutions take less time than waking helpers does.
    private const long MacsWorthSharing = 8_000_000;
    private const int MostHelpers = 7;

    private static int s_running;

    private readonly CompiledNetwork _network;
    private readonly int _helpers;
    private readonly ArenaPool _arenas;
    private readonly Normalisation _normalisation;

    private InferencePlan(
        BlockPlan blocks, NetworkWeights weights, ChannelStatistics channels, VectorWidth width, int? helpers, Int8Ranges? int8,
        EightBitUse use)
    {
        if (channels.Channels != blocks.Spec.Image.Channels)
        {
            throw new ArgumentException(
                $"Channel statistics must have one value per image channel ({blocks.Spec.Image.Channels}), got {channels.Channels}.",
                nameof(channels));
        }

        Channels = channels;
        Blocks = blocks;
        Cost = new CostModel(blocks);
        _helpers = helpers ?? (Cost.Full / blocks.Blocks.Count < MacsWorthSharing
            ? 0
            : Math.Min(Environment.ProcessorCount - 1, MostHelpers));
        _network = new CompiledNetwork(blocks, weights, Cost, KernelsOfWidth.Of(width), 1 + _helpers, int8, use);
        _arenas = new ArenaPool(_network.Arena, _helpers);
        _normalisation = new Normalisation(channels, blocks.Spec.Image);
        WarmUp();
    }

    public BlockPlan Blocks { get; }

    /// <summary>Convolutions that kernels for bytes compute on this machine.</summary>
    public int ConvolutionsInBytes => _network.ConvolutionsInBytes;

    /// <summary>What multiplies bytes; null where everything is in 32 bits.</summary>
    public DotInstructions? EightBitKind => _network.EightBitKind;

    public CostModel Cost { get; }

    /// <summary>What images are normalised with.</summary>
    public ChannelStatistics Channels { get; }

    /// <summary>Compiles a network for the widest vectors of this machine.</summary>
    /// <exception cref="ArgumentException">The channel statistics are for another number of channels.</exception>
    /// <exception cref="FormatException">The network has no finite answer for a black image.</exception>
    public static InferencePlan Compile(BlockPlan blocks, NetworkWeights weights, ChannelStatistics channels)
        => Compile(blocks, weights, channels, VectorWidthChoice.Best);

    /// <summary>Compiles a model for the widest vectors of this machine, in 8 bits what it says.</summary>
    /// <exception cref="FormatException">The network has no finite answer for a black image.</exception>
    public static InferencePlan Compile(GatedResNetModel model)
        => Compile(model.Blocks, model.Weights, model.Channels, VectorWidthChoice.Best, int8: model.Int8);

    /// <summary>Compiles a network for one vector width.</summary>
    /// <param name="blocks">The network.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="channels">What images are normalised with.</param>
    /// <param name="width">The vectors.</param>
    /// <param name="helpers">Cores besides the caller's that may work at one image; null leaves it to the size of the network.</param>
    /// <param name="int8">What is in 8 bits, and what its numbers stand for; null leaves everything in 32 bits.</param>
    /// <param name="use">Where kernels for bytes compute what is in 8 bits.</param>
    public static InferencePlan Compile(
        BlockPlan blocks, NetworkWeights weights, ChannelStatistics channels, VectorWidth width, int? helpers = null,
        Int8Ranges? int8 = null, EightBitUse use = EightBitUse.WhereFaster)
        => new(blocks, weights, channels, width, helpers, int8, use);

    /// <summary>
    /// Scores one image as soon as possible: where its convolutions are large, on all cores that no other image is scored on.
    /// </summary>
    /// <inheritdoc cref="Run(ReadOnlySpan{float}, ScoringPolicy, Span{float}, ExecutionTrace)"/>
    public void RunAtOnce(ReadOnlySpan<float> image, ScoringPolicy policy, Span<float> probabilities, ExecutionTrace trace)
        => RunAtOnce(image, policy, probabilities, trace, gates: []);

    /// <summary>Scores one image on one core.</summary>
    /// <param name="image">Raw pixel values, planar C, H, W.</param>
    /// <param name="policy">Thresholds of gates and exits.</param>
    /// <param name="probabilities">Overwritten: one probability per class.</param>
    /// <param name="trace">Overwritten: what the image ran through.</param>
    /// <exception cref="ArgumentException">A span or the trace has another length than the network.</exception>
    public void Run(ReadOnlySpan<float> image, ScoringPolicy policy, Span<float> probabilities, ExecutionTrace trace)
        => Run(image, policy, probabilities, trace, gates: [], logits: []);

    /// <summary>
    /// Computes the mean over all pixels of each channel of the last feature map. No exit is taken and no head is evaluated: behind an exit
    /// stands a map of other channels, whose means have another meaning.
    /// </summary>
    /// <param name="image">Raw pixel values, planar C, H, W.</param>
    /// <param name="policy">Threshold of gates; those of exits are not used.</param>
    /// <param name="features">Overwritten: one mean per channel.</param>
    /// <param name="trace">Overwritten: what the image ran through.</param>
    /// <exception cref="ArgumentException">A span or the trace has another length than the network.</exception>
    public void Features(ReadOnlySpan<float> image, ScoringPolicy policy, Span<float> features, ExecutionTrace trace)
    {
        Require(image.Length == Blocks.Spec.Image.Size, nameof(image), Blocks.Spec.Image.Size, image.Length);
        Require(features.Length == Blocks.FeatureChannels, nameof(features), Blocks.FeatureChannels, features.Length);
        Require(trace.Ran.Length == Blocks.Blocks.Count, nameof(trace), Blocks.Blocks.Count, trace.Ran.Length);
        var arena = _arenas.Rent();
        try
        {
            var pass = Enter(image, policy with { ExitConfidence = [] }, arena, team: null, trace);
            pass.Blocks(forced: [], probabilities: []);
            pass.Features(features);
            trace.IsFinite &= FiniteFloats.All(features);
        }
        finally
        {
            Leave(arena, team: null);
        }
    }

    /// <summary>
    /// Computes what the fully connected layer of every head reads, to fit the heads: of all exits, none of which is taken, and of the
    /// last.
    /// </summary>
    /// <param name="image">Raw pixel values, planar C, H, W.</param>
    /// <param name="policy">Threshold of gates; those of exits are not used.</param>
    /// <param name="places">Where in <paramref name="inputs"/> each exit's inputs go, then the last head's.</param>
    /// <param name="inputs">Overwritten.</param>
    /// <param name="trace">Overwritten: what the image ran through.</param>
    /// <exception cref="NotSupportedException">A head is not linear in what it pools.</exception>
    public void HeadInputs(
        ReadOnlySpan<float> image, ScoringPolicy policy, ReadOnlySpan<Range> places, Span<float> inputs, ExecutionTrace trace)
    {
        Require(image.Length == Blocks.Spec.Image.Size, nameof(image), Blocks.Spec.Image.Size, image.Length);
        Require(places.Length == Blocks.Exits.Count + 1, nameof(places), Blocks.Exits.Count + 1, places.Length);
        Require(trace.Ran.Length == Blocks.Blocks.Count, nameof(trace), Blocks.Blocks.Count, trace.Ran.Length);
        var arena = _arenas.Rent();
        try
        {
            var pass = Enter(image, policy, arena, team: null, trace);
            pass.HeadInputs(places, inputs);
            trace.IsFinite &= FiniteFloats.All(inputs);
        }
        finally
        {
            Leave(arena, team: null);
        }
    }

    /// <summary>Computes what <see cref="ExecutionTrace.Features"/> would be at every head: of all exits, none of which is taken.</summary>
    /// <param name="image">Raw pixel values, planar C, H, W.</param>
    /// <param name="policy">Threshold of gates; those of exits are not used.</param>
    /// <param name="features">Overwritten: means of channels of each exit's map, then of the last head's.</param>
    /// <param name="trace">Overwritten: what the image ran through.</param>
    public void HeadFeatures(ReadOnlySpan<float> image, ScoringPolicy policy, Span<float> features, ExecutionTrace trace)
    {
        Require(image.Length == Blocks.Spec.Image.Size, nameof(image), Blocks.Spec.Image.Size, image.Length);
        var channels = Blocks.HeadChannels.Sum();
        Require(features.Length == channels, nameof(features), channels, features.Length);
        Require(trace.Ran.Length == Blocks.Blocks.Count, nameof(trace), Blocks.Blocks.Count, trace.Ran.Length);
        var arena = _arenas.Rent();
        try
        {
            var pass = Enter(image, policy, arena, team: null, trace);
            pass.HeadFeatures(features);
            trace.IsFinite &= FiniteFloats.All(features);
        }
        finally
        {
            Leave(arena, team: null);
        }
    }

    /// <summary>Shows what every convolution of a block reads, of a network in 32 bits.</summary>
    /// <param name="image">Raw pixel values, planar C, H, W.</param>
    /// <param name="policy">Thresholds of gates; no exit is taken.</param>
    /// <param name="trace">Overwritten: what the image ran through.</param>
    /// <param name="see">Called for every convolution of every block, also of skipped ones, in order.</param>
    public void Observe(ReadOnlySpan<float> image, ScoringPolicy policy, ExecutionTrace trace, MapObserver see)
    {
        Require(image.Length == Blocks.Spec.Image.Size, nameof(image), Blocks.Spec.Image.Size, image.Length);
        Require(trace.Ran.Length == Blocks.Blocks.Count, nameof(trace), Blocks.Blocks.Count, trace.Ran.Length);
        var arena = _arenas.Rent();
        try
        {
            Enter(image, policy, arena, team: null, trace).Observe(see);
        }
        finally
        {
            Leave(arena, team: null);
        }
    }

    /// <summary>Runs every part of the network on one image and one core, and notes how long each takes.</summary>
    /// <param name="image">Raw pixel values, planar C, H, W.</param>
    /// <param name="ticks">Overwritten.</param>
    /// <exception cref="ArgumentException">The image has another length than the network's.</exception>
    public void Time(ReadOnlySpan<float> image, PartTicks ticks)
    {
        Require(image.Length == Blocks.Spec.Image.Size, nameof(image), Blocks.Spec.Image.Size, image.Length);
        var (trace, probabilities) = (new ExecutionTrace(Blocks.Blocks.Count), new float[Blocks.Spec.Classes]);
        var arena = _arenas.Rent();
        try
        {
            var start = Stopwatch.GetTimestamp();
            var pass = Enter(image, ScoringPolicy.Default, arena, team: null, trace);
            ticks.Stem = Stopwatch.GetTimestamp() - start;
            pass.Time(ticks, probabilities);
        }
        finally
        {
            Leave(arena, team: null);
        }
    }

    /// <summary>Frees the arenas that no image uses at the moment; the next images make new ones.</summary>
    public void ReleaseScratch() => _arenas.Clear();

    /// <summary>Scores one image with gates overruled, which are still evaluated and counted.</summary>
    /// <param name="image">Raw pixel values, planar C, H, W.</param>
    /// <param name="policy">Thresholds of gates and exits.</param>
    /// <param name="probabilities">Overwritten: one probability per class.</param>
    /// <param name="trace">Overwritten: what the image ran through.</param>
    /// <param name="gates">For each block whether it runs if it is gated; empty leaves the decision to the gates.</param>
    /// <param name="logits">Overwritten: class scores before softmax; may be empty.</param>
    internal void Run(
        ReadOnlySpan<float> image,
        ScoringPolicy policy,
        Span<float> probabilities,
        ExecutionTrace trace,
        ReadOnlySpan<bool> gates,
        Span<float> logits)
        => Run(image, policy, probabilities, trace, gates, logits, helpers: 0);

    /// <inheritdoc cref="RunAtOnce(ReadOnlySpan{float}, ScoringPolicy, Span{float}, ExecutionTrace)"/>
    internal void RunAtOnce(
        ReadOnlySpan<float> image, ScoringPolicy policy, Span<float> probabilities, ExecutionTrace trace, ReadOnlySpan<bool> gates)
    {
        if (_helpers == 0)
        {
            Run(image, policy, probabilities, trace, gates, logits: [], helpers: 0);
            return;
        }

        var running = Interlocked.Increment(ref s_running);
        try
        {
            Run(image, policy, probabilities, trace, gates, logits: [], Math.Min(_helpers, Environment.ProcessorCount - running));
        }
        finally
        {
            Interlocked.Decrement(ref s_running);
        }
    }

    /// <summary>Scores one image with a given number of helpers.</summary>
    internal void Run(
        ReadOnlySpan<float> image,
        ScoringPolicy policy,
        Span<float> probabilities,
        ExecutionTrace trace,
        ReadOnlySpan<bool> gates,
        Span<float> logits,
        int helpers)
    {
        Require(image.Length == Blocks.Spec.Image.Size, nameof(image), Blocks.Spec.Image.Size, image.Length);
        Require(probabilities.Length == Blocks.Spec.Classes, nameof(probabilities), Blocks.Spec.Classes, probabilities.Length);
        Require(trace.Ran.Length == Blocks.Blocks.Count, nameof(trace), Blocks.Blocks.Count, trace.Ran.Length);
        Require(gates.IsEmpty || gates.Length == Blocks.Blocks.Count, nameof(gates), Blocks.Blocks.Count, gates.Length);
        var arena = _arenas.Rent();
        var team = helpers > 0 ? arena.Team : null;
        try
        {
            team?.Begin(helpers);
            var pass = Enter(image, policy, arena, team, trace);
            var head = pass.Blocks(gates, probabilities);
            if (trace.ExitTaken < 0)
            {
                trace.Macs += Cost.Head;
                head = pass.Head();
                pass.Probabilities(head, probabilities);
            }

            if (!trace.Features.IsEmpty)
            {
                pass.FeaturesOfAnswer(trace.Features);
            }

            if (!logits.IsEmpty)
            {
                new ReadOnlySpan<float>(head, probabilities.Length).CopyTo(logits);
            }
        }
        finally
        {
            Leave(arena, team);
        }
    }

    // From raw pixels to what the first block reads.
    private ForwardPass Enter(ReadOnlySpan<float> image, ScoringPolicy policy, Arena arena, WorkerTeam? team, ExecutionTrace trace)
    {
        trace.Reset();
        trace.Macs = Cost.Stem;
        _normalisation.Apply(image, _network.Image, arena.Origin);
        var pass = new ForwardPass(_network, policy, arena.Origin, team, trace);
        pass.Stem();
        return pass;
    }

    private void Leave(Arena arena, WorkerTeam? team)
    {
        team?.End();
        _arenas.Return(arena);

        // Kernels work with raw pointers into weights that this keeps.
        GC.KeepAlive(this);
    }

    private static void Require(bool holds, string name, int expected, int actual)
    {
        if (!holds)
        {
            throw new ArgumentException($"Expected {expected} values, got {actual}.", name);
        }
    }

    // Scores a black image with every block and head run, so that loading a model compiles its kernels and not the first prediction, and so
    // that a network that cannot answer is refused before it is used.
    private void WarmUp()
    {
        var confidences = new float[Blocks.Spec.Exits.Count];
        for (var i = 0; i < confidences.Length; i++)
        {
            confidences[i] = MathF.BitDecrement(1);
        }

        var open = new bool[Blocks.Blocks.Count];
        for (var i = 0; i < open.Length; i++)
        {
            open[i] = true;
        }

        var image = new float[Blocks.Spec.Image.Size];
        var trace = new ExecutionTrace(open.Length);
        var probabilities = new float[Blocks.Spec.Classes];
        if (Blocks.Spec.Classes == 0)
        {
            Features(image, ScoringPolicy.Default, new float[Blocks.FeatureChannels], trace);
        }
        else
        {
            Run(image, new ScoringPolicy { ExitConfidence = confidences }, probabilities, trace, open, logits: []);
        }

        if (trace.IsFinite && trace.ExitTaken >= 0)
        {
            // An exit was as certain as can be; what lies behind it is to be tried as well.
            Run(image, ScoringPolicy.Default, probabilities, trace, open, logits: []);
        }

        if (!trace.IsFinite)
        {
            throw new FormatException(
                "The network has no finite answer even for a black image: its weights or channel statistics are so large that sums "
                + "overflow. Train, save or export the network again.");
        }
    }
}
