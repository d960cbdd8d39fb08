using ModelBuilderStyle.WebApi;

const int BadUsage = 2;

try
{
    await using var app = ApiServer.Create(args);
    await app.RunAsync();
    return 0;
}
catch (Exception exception) when (exception is ArgumentException or FormatException or IOException or InvalidOperationException
    or ModelFileException)
{
    // What the operator can put right (a setting, the address, the model file, a port in use): one sentence, no stack trace.
    Console.Error.WriteLine(exception.Message);
    return BadUsage;
}
