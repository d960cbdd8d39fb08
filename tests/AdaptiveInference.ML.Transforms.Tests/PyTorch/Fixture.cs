using AdaptiveInference.ML.Transforms.PyTorch;

namespace AdaptiveInference.ML.Transforms.Tests.PyTorch;

/// <summary>A stored network of the original projects with the images, logits and gate decisions that their code gave for it.</summary>
internal sealed class Fixture
{
    public const int Images = 8;
    public const int Classes = 10;

    private const int ImageLength = 3 * 32 * 32;

    private readonly float[] _input;
    private readonly float[] _logits;
    private readonly float[] _gates;

    private Fixture(string path, PyTorchImportOptions options, float[] input, float[] logits, float[] gates)
    {
        Path = path;
        Options = options;
        _input = input;
        _logits = logits;
        _gates = gates;
    }

    public string Path { get; }

    public PyTorchImportOptions Options { get; }

    public static Fixture Read(string name, NetworkKind network, GateKind gate)
    {
        var folder = System.IO.Path.Combine(AppContext.BaseDirectory, "Fixtures");
        using var reader = SafeTensorsReader.Open(System.IO.Path.Combine(folder, name + ".expected.safetensors"));
        var options = new PyTorchImportOptions
        {
            Network = network,
            Architecture = ResNetArchitecture.Cifar(20),
            Gate = gate,
            ClassNames = [.. Enumerable.Range(0, Classes).Select(i => $"class{i}")],
        };
        return new Fixture(
            System.IO.Path.Combine(folder, name + ".safetensors"), options,
            reader.Read(reader.Entries["input"]), reader.Read(reader.Entries["logits"]), reader.Read(reader.Entries["gate_open"]));
    }

    /// <summary>Pixels of one image, planar.</summary>
    public float[] Image(int index) => _input[(index * ImageLength)..((index + 1) * ImageLength)];

    /// <summary>Softmax of the stored logits.</summary>
    public float[] Probabilities(int index)
    {
        var logits = _logits[(index * Classes)..((index + 1) * Classes)];
        var powers = logits.Select(logit => Math.Exp(logit - logits.Max())).ToArray();
        return [.. powers.Select(power => (float)(power / powers.Sum()))];
    }

    /// <summary>The stored decision of each gate in the order of the blocks that they decide.</summary>
    public bool[] GatesOpen(int index)
    {
        var count = _gates.Length / Images;
        return [.. _gates[(index * count)..((index + 1) * count)].Select(gate => gate == 1f)];
    }
}
