namespace ModelBuilderStyle.ServiceParts;

/// <summary>The model file is missing, or is not one that this service can use.</summary>
public sealed class ModelFileException(string message, Exception? inner = null) : Exception(message, inner);
