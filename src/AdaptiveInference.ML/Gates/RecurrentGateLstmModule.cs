using AdaptiveInference.ML.Layers;
using AdaptiveInference.ML.Transforms.Architectures;
using static TorchSharp.torch;

namespace AdaptiveInference.ML.Gates;

/// <summary>
/// The LSTM(10→10) and the linear layer that SkipNet's recurrent gates share. Rows of the weights are i, f, g, o as in PyTorch.
/// </summary>
internal sealed class RecurrentGateLstmModule(NetworkTensors tensors, ControlSpec spec)
{
    private readonly LinearLayer _input = new(tensors[spec.Lstm.InputWeight], tensors[spec.Lstm.InputBias]);
    private readonly LinearLayer _state = new(tensors[spec.Lstm.StateWeight], tensors[spec.Lstm.StateBias]);
    private readonly LinearLayer _projection = new(tensors, spec.Projection);

    /// <summary>Takes one step and keeps the new state. (N, 10) → (N)</summary>
    public Tensor Step(Tensor embedded, GatePass pass)
    {
        var batch = embedded.shape[0];
        var (hidden, cell) = pass.Recurrent ?? (embedded.new_zeros(batch, embedded.shape[1]), embedded.new_zeros(batch, embedded.shape[1]));
        var gates = _input.Forward(embedded).add_(_state.Forward(hidden)).chunk(LstmSpec.Parts, 1);          // 4 × (N, 10)
        var next = (gates[1].sigmoid() * cell).add_(gates[0].sigmoid() * gates[2].tanh());
        var output = gates[3].sigmoid() * next.tanh();
        pass.Recurrent = (output, next);
        return _projection.Forward(output).select(1, 0);
    }
}
