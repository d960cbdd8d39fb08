namespace ModelBuilderStyle.WebApi;

/// <summary>The page on which an image is dropped: three files inside the assembly, so that it is there wherever the program is.</summary>
internal static class PageFiles
{
    // Nothing from elsewhere, nothing inline, in nobody's frame; images are those that the user dropped.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src blob: data:; connect-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'";

    /// <summary>Serves the page at the root.</summary>
    public static void Map(WebApplication app)
    {
        MapFile(app, "/", "index.html", "text/html; charset=utf-8");
        MapFile(app, "/page.css", "page.css", "text/css; charset=utf-8");
        MapFile(app, "/page.js", "page.js", "text/javascript; charset=utf-8");
    }

    private static void MapFile(WebApplication app, string route, string name, string type)
    {
        var file = Read(name);
        app.MapMethods(route, [HttpMethods.Get, HttpMethods.Head], (HttpContext context) =>
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            context.Response.Headers.CacheControl = "no-cache";
            return TypedResults.Bytes(file, type);
        }).ExcludeFromDescription();
    }

    private static byte[] Read(string name)
    {
        using var stream = typeof(PageFiles).Assembly.GetManifestResourceStream(name)!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
