namespace ModelBuilderStyle.Workers.Processing;

/// <summary>The connection that a message came by has ended: it is handed out again, here or elsewhere.</summary>
internal sealed class DeliveryLostException(Exception cause) : Exception(cause.Message, cause);
