using System.Globalization;
using AdaptiveInference.ML.LibTorch;
using AdaptiveInference.ML.Networks;
using AdaptiveInference.ML.Transforms.Architectures;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Layers;

/// <summary>
/// The tensors of a network by <see cref="WeightLayout"/>'s names. Layers look theirs up here, so a name that the layout does not know is
/// an error when the network is made and never a weight that is silently left out of a saved model.
/// </summary>
internal sealed class NetworkTensors
{
    private readonly BlockPlan _plan;
    private readonly Dictionary<string, Tensor> _tensors = [];

    public NetworkTensors(BlockPlan plan, int seed, Device device)
    {
        _plan = plan;
        Layout = WeightLayout.Of(plan);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var generator = new Generator(unchecked((uint)seed));
        var initialisation = new WeightInitialisation(plan, generator);
        foreach (var spec in Layout)
        {
            var values = initialisation.Draw(spec).to(device);
            values = spec.Shape.Count == 4 ? ChannelsLast.Of(values) : values;
            var tensor = IsStatistic(spec.Name) ? values : new Parameter(values);
            _tensors.Add(spec.Name, tensor.DetachFromDisposeScope());
        }
    }

    /// <summary>Names and shapes in storage order.</summary>
    public IReadOnlyList<TensorSpec> Layout { get; }

    /// <summary>The tensor of a name: a parameter, or a running statistic without gradient.</summary>
    public Tensor this[string name] => _tensors[name];

    /// <summary>Copies all values in.</summary>
    /// <exception cref="ArgumentException">The weights are those of another network.</exception>
    public void Load(NetworkWeights weights)
    {
        if (Layout.FirstOrDefault(spec => !weights.Contains(spec.Name) || weights[spec.Name].Length != spec.Length) is { } wrong)
        {
            throw new ArgumentException(
                $"The weights are those of another network: tensor '{wrong.Name}' is missing or of another length.");
        }

        foreach (var spec in Layout)
        {
            Fill(spec, weights);
        }
    }

    /// <summary>Copies in what two networks have in common; see <see cref="GatedResNetModule.TakeBackbone"/>.</summary>
    public IReadOnlyList<string> TakeBackbone(NetworkWeights source, IReadOnlyList<int> classes)
    {
        var offered = source.Layout.GroupBy(spec => Part(spec.Name)).ToDictionary(
            part => part.Key, part => part.ToDictionary(spec => spec.Name));
        var taken = new List<string>();
        foreach (var part in Layout.GroupBy(spec => Part(spec.Name)))
        {
            if (offered.TryGetValue(part.Key, out var candidates) && (part.Key == "" || Matches(part.ToList(), candidates))
                && (!part.Any(spec => spec.IsByClass) || classes.Any(place => place >= 0)))
            {
                taken.AddRange(part.Where(spec => Matches([spec], candidates, exact: false)).Select(spec => spec.IsByClass
                    ? FillRows(spec, source, classes)
                    : Fill(spec, source)));
            }
        }

        return taken;
    }

    /// <summary>A copy of all values in PyTorch's order.</summary>
    public NetworkWeights Export()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var values = Layout.ToDictionary(spec => spec.Name, spec => _tensors[spec.Name].cpu().contiguous().data<float>().ToArray());
        return new NetworkWeights(_plan, values);
    }

    /// <summary>Whether a tensor is a running statistic and no parameter.</summary>
    public static bool IsStatistic(string name)
        => name.EndsWith(".running_mean", StringComparison.Ordinal) || name.EndsWith(".running_var", StringComparison.Ordinal);

    /// <summary>Whether a tensor belongs to a gate or to what gates share.</summary>
    public static bool IsGate(string name)
        => name.Contains(".gate.", StringComparison.Ordinal) || name.StartsWith("control.", StringComparison.Ordinal);

    /// <summary>Whether a tensor belongs to an early exit's head.</summary>
    public static bool IsExit(string name) => name.StartsWith("exits.", StringComparison.Ordinal);

    /// <summary>Stage of the backbone that a tensor belongs to, 0 for the stem; null for tensors of gates and heads.</summary>
    public static int? StageOf(string name)
        => IsGate(name) ? null
            : name.StartsWith("layer", StringComparison.Ordinal)
                ? int.Parse(name.AsSpan("layer".Length, name.IndexOf('.') - "layer".Length), CultureInfo.InvariantCulture)
                : Part(name) == "" ? 0 : null;

    /// <summary>
    /// What makes sense only as a whole: <c>gates</c>, or one head (<c>head</c>, <c>exits.0</c>…). Empty in the backbone, whose tensors
    /// stand for themselves.
    /// </summary>
    public static string Part(string name)
        => IsGate(name) ? "gates"
            : IsExit(name) ? name[..name.IndexOf('.', "exits.".Length)]
            : name.StartsWith("fc.", StringComparison.Ordinal) || name.StartsWith("head.", StringComparison.Ordinal) ? "head"
            : "";

    private static bool Matches(IReadOnlyList<TensorSpec> wanted, Dictionary<string, TensorSpec> offered, bool exact = true)
        => (!exact || wanted.Count == offered.Count)
            && wanted.All(spec => offered.TryGetValue(spec.Name, out var other)
                && (spec.IsByClass ? spec.Shape.Skip(1).SequenceEqual(other.Shape.Skip(1)) : spec.Shape.SequenceEqual(other.Shape)));

    private string Fill(TensorSpec spec, NetworkWeights weights)
    {
        using var noGradient = no_grad();
        using var values = tensor(weights.Array(spec.Name), [.. spec.Shape.Select(size => (long)size)]);
        _tensors[spec.Name].copy_(values);
        return spec.Name;
    }

    // A class's row goes with the class; one that the source lacks keeps its fresh row.
    private string FillRows(TensorSpec spec, NetworkWeights weights, IReadOnlyList<int> classes)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var length = spec.Length / spec.Shape[0];
        var values = _tensors[spec.Name].cpu().contiguous().data<float>().ToArray();
        for (var row = 0; row < classes.Count; row++)
        {
            if (classes[row] >= 0)
            {
                weights[spec.Name].Slice(classes[row] * length, length).CopyTo(values.AsSpan(row * length));
            }
        }

        _tensors[spec.Name].copy_(tensor(values, [.. spec.Shape.Select(size => (long)size)]));
        return spec.Name;
    }
}
