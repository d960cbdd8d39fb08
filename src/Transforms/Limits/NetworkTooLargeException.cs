namespace AdaptiveInference.ML.Transforms.Limits;

/// <summary>A network needs more than <see cref="ResourceLimits"/> allow; the message says all that a user needs to know.</summary>
internal sealed class NetworkTooLargeException(string message) : ArgumentException(message);
