using ModelBuilderStyle.WebApi;

const int BadUsage = 2;

if (args.Any(argument => argument is "--help" or "-h" or "-?"))
{
    Console.WriteLine($"""
        Serves a trained image classifier over HTTP.

          --model FILE    the trained model, a .zip
          --urls URL      where to listen (default http://localhost:5000)
          --{ApiSettings.Section}:NAME VALUE
                          any setting: {string.Join(", ", SettingsSection.Names<ApiSettings>())}

        Each is explained in samples/ModelBuilderStyle/WebApi/README.md.
        """);
    return 0;
}

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
