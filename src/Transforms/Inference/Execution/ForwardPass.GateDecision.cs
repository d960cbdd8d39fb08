using System.Runtime.CompilerServices;
using AdaptiveInference.ML.Transforms.Architectures;
using AdaptiveInference.ML.Transforms.Inference.Compiled;

namespace AdaptiveInference.ML.Transforms.Inference.Execution;

/// <summary>Whether a gate lets its block run for this image: any kind of gate, with and without a threshold and a budget.</summary>
internal unsafe ref partial struct ForwardPass
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Opens(CompiledBlock block, Gate gate, int index)
    {
        if (policy.OpensAllGates)
        {
            return true;
        }

        if (gate.ReadsSums)
        {
            Sum(block.Input);
        }

        var logOdds = gate.LogOdds(_arena);
        if (block.BudgetCurve is { } curve)
        {
            logOdds += BudgetCurveSpec.At(curve, policy.Budget ?? 1);
        }

        var probability = 1 / (1 + MathF.Exp(-logOdds));
        trace.Macs += block.Cost.Gate;
        trace.GateProbability[index] = probability;
        trace.IsFinite &= !float.IsNaN(probability);
        return policy.GateThreshold is { } threshold ? probability >= threshold : logOdds > 0 || (logOdds == 0 && block.OpensAtTie);
    }
}
