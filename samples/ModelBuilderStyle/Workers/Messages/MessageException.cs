namespace ModelBuilderStyle.Workers.Messages;

/// <summary>A message, or an image of one, that cannot be scored, however often it is tried; the text says why in a sentence.</summary>
internal sealed class MessageException(string reason) : Exception(reason);
