using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Training.Optimisation;

/// <summary>Parameters that are treated alike.</summary>
/// <param name="Parameters">The parameters.</param>
/// <param name="WeightDecay">L2 penalty.</param>
/// <param name="RateFactor">What the learning rate is multiplied with.</param>
internal sealed record ParameterGroup(IReadOnlyList<Parameter> Parameters, float WeightDecay, float RateFactor = 1);

/// <summary>
/// Stochastic gradient descent with Nesterov momentum (Sutskever et al., ICML 2013, in the form that PyTorch uses). Owns its momentum
/// buffers, so that a checkpoint can hold them and nothing stays behind.
/// </summary>
internal sealed class Sgd : IDisposable
{
    /// <summary>Numbers that one thread takes at a time, few enough for its cache and many enough to be worth it.</summary>
    private const int Part = 1 << 16;

    private readonly Slot[] _slots;
    private readonly float _momentum;

    public Sgd(IReadOnlyList<ParameterGroup> groups, float momentum)
    {
        _momentum = momentum;
        _slots = [.. groups.SelectMany(group => group.Parameters.Select(parameter => new Slot(parameter, group)))];
    }

    /// <summary>A copy of the momentum of each parameter, in the order of the groups.</summary>
    public IReadOnlyList<float[]> Export()
    {
        using var scope = torch.NewDisposeScope();
        return [.. _slots.Select(slot => slot.Momentum.cpu().contiguous().data<float>().ToArray())];
    }

    /// <summary>Takes over what <see cref="Export"/> gave.</summary>
    /// <returns>False when it is that of other parameters; nothing is changed then.</returns>
    public bool TryLoad(IReadOnlyList<float[]> momenta)
    {
        if (!momenta.Select(values => (long)values.Length).SequenceEqual(_slots.Select(slot => slot.Momentum.numel())))
        {
            return false;
        }

        using var scope = torch.NewDisposeScope();
        for (var i = 0; i < momenta.Count; i++)
        {
            _slots[i].Momentum.copy_(torch.tensor(momenta[i], _slots[i].Momentum.shape));
        }

        return true;
    }

    /// <summary>
    /// Takes one step along the gradients and takes them off the parameters: the next ones then need not be added to zeros.
    /// </summary>
    public void Step(float rate)
    {
        using var _ = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var parts = new List<(Slot Slot, FlatTensor Gradient, int From)>();
        foreach (var slot in _slots)
        {
            if (slot.Parameter.grad is not { } gradient)
            {
                continue;
            }

            if (slot.FlatLike(gradient) is { } flat)
            {
                for (var from = 0; from < flat.Length; from += Part)
                {
                    parts.Add((slot, flat, from));
                }
            }
            else
            {
                StepInLibTorch(slot, gradient, rate);
            }

            slot.Parameter.grad = null;
        }

        // Every number moves by itself, so that it does not matter to the result how many threads there are.
        Parallel.For(
            0, parts.Count, new ParallelOptions { MaxDegreeOfParallelism = torch.get_num_threads() },
            i => parts[i].Slot.Step(parts[i].Gradient, parts[i].From, Part, _momentum, rate));
        foreach (var part in parts)
        {
            part.Gradient.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var slot in _slots)
        {
            slot.Dispose();
        }
    }

    // On a GPU, and for gradients in another order than the parameter's.
    private void StepInLibTorch(Slot slot, Tensor gradient, float rate)
    {
        if (slot.Group.WeightDecay != 0)
        {
            gradient.add_(slot.Parameter, alpha: slot.Group.WeightDecay);
        }

        slot.Momentum.mul_(_momentum).add_(gradient);
        gradient.add_(slot.Momentum, alpha: _momentum);
        slot.Parameter.add_(gradient, alpha: -rate * slot.Group.RateFactor);
    }

    /// <summary>A parameter and its momentum.</summary>
    private sealed class Slot : IDisposable
    {
        private readonly FlatTensor? _weights;
        private readonly FlatTensor? _momenta;

        public Slot(Parameter parameter, ParameterGroup group)
        {
            (Parameter, Group) = (parameter, group);
            Momentum = torch.zeros_like(parameter).DetachFromDisposeScope();
            (_weights, _momenta) = (FlatTensor.Of(parameter), FlatTensor.Of(Momentum));
        }

        public Parameter Parameter { get; }

        public ParameterGroup Group { get; }

        public Tensor Momentum { get; }

        /// <summary>The gradient's numbers where they lie as the parameter's do, else null.</summary>
        public FlatTensor? FlatLike(Tensor gradient)
        {
            if (_weights is null || _momenta is null || !_momenta.IsLike(_weights) || FlatTensor.Of(gradient) is not { } flat)
            {
                return null;
            }

            if (flat.IsLike(_weights))
            {
                return flat;
            }

            flat.Dispose();
            return null;
        }

        public void Step(FlatTensor gradient, int from, int count, float momentum, float rate)
        {
            var range = from..Math.Min(gradient.Length, from + count);
            SgdKernel.Step(
                _weights!.Values[range], gradient.Values[range], _momenta!.Values[range], momentum, Group.WeightDecay,
                rate * Group.RateFactor);
        }

        public void Dispose()
        {
            _weights?.Dispose();
            _momenta?.Dispose();
            Momentum.Dispose();
        }
    }
}
