namespace AdaptiveInference.ML.Transforms.Cost;

/// <summary>A network asks for more than <see cref="ResourceLimits"/> allows; the message is a whole sentence that says what to do.</summary>
internal sealed class NetworkTooLargeException(string message) : ArgumentException(message);
