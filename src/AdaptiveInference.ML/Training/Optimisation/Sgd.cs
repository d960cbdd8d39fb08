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
/// buffers, so that a checkpoint can hold them and nothing stays behind. Works in place: a step allocates no tensors.
/// </summary>
internal sealed class Sgd : IDisposable
{
    private readonly IReadOnlyList<ParameterGroup> _groups;
    private readonly Tensor[] _momenta;
    private readonly float _momentum;

    public Sgd(IReadOnlyList<ParameterGroup> groups, float momentum)
    {
        _groups = groups;
        _momentum = momentum;
        _momenta = [.. groups.SelectMany(group => group.Parameters).Select(p => torch.zeros_like(p).DetachFromDisposeScope())];
    }

    /// <summary>A copy of the momentum of each parameter, in the order of the groups.</summary>
    public IReadOnlyList<float[]> Export()
    {
        using var scope = torch.NewDisposeScope();
        return [.. _momenta.Select(momentum => momentum.cpu().contiguous().data<float>().ToArray())];
    }

    /// <summary>Takes over what <see cref="Export"/> gave.</summary>
    /// <returns>False when it is that of other parameters; nothing is changed then.</returns>
    public bool TryLoad(IReadOnlyList<float[]> momenta)
    {
        if (!momenta.Select(values => (long)values.Length).SequenceEqual(_momenta.Select(momentum => momentum.numel())))
        {
            return false;
        }

        using var scope = torch.NewDisposeScope();
        for (var i = 0; i < momenta.Count; i++)
        {
            _momenta[i].copy_(torch.tensor(momenta[i], _momenta[i].shape));
        }

        return true;
    }

    /// <summary>Takes one step along the gradients and sets them to zero.</summary>
    public void Step(float rate)
    {
        using var _ = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var index = 0;
        foreach (var group in _groups)
        {
            foreach (var parameter in group.Parameters)
            {
                var momentum = _momenta[index++];
                if (parameter.grad is not { } gradient)
                {
                    continue;
                }

                if (group.WeightDecay != 0)
                {
                    gradient.add_(parameter, alpha: group.WeightDecay);
                }

                momentum.mul_(_momentum).add_(gradient);
                gradient.add_(momentum, alpha: _momentum);
                parameter.add_(gradient, alpha: -rate * group.RateFactor);
                gradient.zero_();
            }
        }
    }

    public void Dispose()
    {
        foreach (var momentum in _momenta)
        {
            momentum.Dispose();
        }
    }
}
