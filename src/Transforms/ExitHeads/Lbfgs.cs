using System.Numerics.Tensors;

namespace AdaptiveInference.ML.Transforms.ExitHeads;

/// <summary>
/// Limited-memory BFGS (Nocedal and Wright, "Numerical Optimization", 2nd edition, algorithms 7.4 and 3.1) for smooth convex functions.
/// Deterministic.
/// </summary>
internal static class Lbfgs
{
    /// <summary>Steps that the curvature is estimated from.</summary>
    private const int History = 10;

    private const int MostSteps = 300;
    private const int MostHalvings = 30;

    /// <summary>Share of the decrease that the slope promises which a step must bring (Armijo).</summary>
    private const double Decrease = 1e-4;

    /// <summary>Relative decrease below which it ends: what is left is below what single precision can show.</summary>
    private const double Tolerance = 1e-6;

    /// <summary>A function and its gradient, which is overwritten.</summary>
    public delegate double Function(float[] at, float[] gradient);

    /// <summary>Minimises a function.</summary>
    /// <param name="at">Where to start; overwritten with where it ended.</param>
    /// <param name="function">The function.</param>
    /// <returns>The value there.</returns>
    public static double Minimise(float[] at, Function function)
    {
        var (gradient, direction) = (new float[at.Length], new float[at.Length]);
        var (next, nextGradient) = (new float[at.Length], new float[at.Length]);
        var pairs = new List<Pair>(History);
        var value = function(at, gradient);
        for (var step = 0; step < MostSteps; step++)
        {
            Direction(pairs, gradient, direction);
            var slope = (double)TensorPrimitives.Dot<float>(direction, gradient);
            if (!(slope < 0))
            {
                break;
            }

            // The first direction is the gradient, whose length says nothing about how far to go.
            var length = pairs.Count > 0 ? 1 : Math.Min(1, 1 / TensorPrimitives.Norm<float>(gradient));
            var (found, reached) = (false, value);
            for (var halving = 0; halving < MostHalvings && !found; halving++, length /= 2)
            {
                TensorPrimitives.MultiplyAdd(direction, length, at, next);
                reached = function(next, nextGradient);
                found = reached <= value + (Decrease * length * slope);
            }

            if (!found)
            {
                break;
            }

            Remember(pairs, at, next, gradient, nextGradient);
            next.CopyTo(at, 0);
            nextGradient.CopyTo(gradient, 0);
            var gained = value - reached;
            value = reached;
            if (gained <= Tolerance * Math.Max(Math.Abs(value), 1e-3))
            {
                break;
            }
        }

        return value;
    }

    // The two-loop recursion: minus the inverse Hessian's estimate times the gradient.
    private static void Direction(List<Pair> pairs, float[] gradient, float[] direction)
    {
        TensorPrimitives.Negate(gradient, direction);
        var shares = new float[pairs.Count];
        for (var i = pairs.Count - 1; i >= 0; i--)
        {
            shares[i] = TensorPrimitives.Dot<float>(pairs[i].Step, direction) / pairs[i].Curvature;
            TensorPrimitives.MultiplyAdd(pairs[i].Change, -shares[i], direction, direction);
        }

        if (pairs.Count > 0)
        {
            TensorPrimitives.Multiply(direction, pairs[^1].Curvature / TensorPrimitives.SumOfSquares<float>(pairs[^1].Change), direction);
        }

        for (var i = 0; i < pairs.Count; i++)
        {
            var share = shares[i] - (TensorPrimitives.Dot<float>(pairs[i].Change, direction) / pairs[i].Curvature);
            TensorPrimitives.MultiplyAdd(pairs[i].Step, share, direction, direction);
        }
    }

    private static void Remember(List<Pair> pairs, float[] at, float[] next, float[] gradient, float[] nextGradient)
    {
        // The oldest pair's arrays are used again.
        var pair = pairs.Count == History ? pairs[0] : new Pair(new float[at.Length], new float[at.Length]);
        TensorPrimitives.Subtract(next, at, pair.Step);
        TensorPrimitives.Subtract(nextGradient, gradient, pair.Change);
        pair.Curvature = TensorPrimitives.Dot<float>(pair.Step, pair.Change);
        if (pairs.Count == History)
        {
            pairs.RemoveAt(0);
        }

        // Without positive curvature, which rounding can take, the estimate would not point downhill.
        if (pair.Curvature > 1e-10f * TensorPrimitives.SumOfSquares<float>(pair.Change))
        {
            pairs.Add(pair);
        }
    }

    /// <summary>A step and how the gradient changed along it.</summary>
    private sealed record Pair(float[] Step, float[] Change)
    {
        public float Curvature { get; set; }
    }
}
