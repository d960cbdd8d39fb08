using ModelBuilderStyle.ImageData;

namespace AdaptiveInference.ML.Benchmarks.Evidence;

/// <summary>
/// Draws one image of <see cref="ClutteredData"/>: a garment somewhere on a larger canvas, turned, resized and paler than it was, with
/// pieces
/// of other garments behind and before it. How much of all that is drawn per image, so that there are easy and hard ones.
/// </summary>
internal sealed class ClutteredImage(RawImages source, int from, int to, int canvas)
{
    private const double FullTurn = Math.PI / 3;
    private const double SmallestScale = 0.6;
    private const double LargestScale = 1.15;
    private const int MostPieces = 8;
    private const int SmallestPiece = 6;
    private const int LargestPiece = 13;
    private const double PiecesBefore = 0.25;
    private const float LeastContrast = 0.5f;

    // What is darker belongs to the empty ground of the picture.
    private const float Ground = 12;

    /// <summary>Draws the garment of an image.</summary>
    /// <param name="image">Index of the image in the source.</param>
    /// <param name="random">What the drawing depends on besides.</param>
    /// <param name="pixels">Receives the canvas.</param>
    public void Draw(int image, Random random, Span<byte> pixels)
    {
        var difficulty = random.NextDouble();
        var pieces = (int)Math.Round(difficulty * MostPieces);
        var before = (int)(pieces * PiecesBefore);
        pixels.Clear();
        for (var piece = before; piece < pieces; piece++)
        {
            AddPiece(random, pixels);
        }

        AddGarment(image, difficulty, random, pixels);
        for (var piece = 0; piece < before; piece++)
        {
            AddPiece(random, pixels);
        }
    }

    private void AddPiece(Random random, Span<byte> pixels)
    {
        var (height, width) = (random.Next(SmallestPiece, LargestPiece + 1), random.Next(SmallestPiece, LargestPiece + 1));
        var other = source.Pixels(random.Next(from, to));
        var (top, left) = (random.Next(source.Height - height + 1), random.Next(source.Width - width + 1));
        var (y, x) = (random.Next(canvas - height + 1), random.Next(canvas - width + 1));
        for (var row = 0; row < height; row++)
        {
            for (var column = 0; column < width; column++)
            {
                if (other[((top + row) * source.Width) + left + column] is var value && value > Ground)
                {
                    pixels[((y + row) * canvas) + x + column] = value;
                }
            }
        }
    }

    private void AddGarment(int image, double difficulty, Random random, Span<byte> pixels)
    {
        var garment = source.Pixels(image);
        var angle = difficulty * FullTurn * Centred(random);
        var scale = 1 + (difficulty * (random.NextDouble() < 0.5 ? SmallestScale - 1 : LargestScale - 1) * random.NextDouble());
        var room = Math.Max(0, (canvas - (scale * source.Width)) / 2);
        var (centreX, centreY) = ((canvas / 2.0) + (room * Centred(random)), (canvas / 2.0) + (room * Centred(random)));
        var contrast = 1 - ((1 - LeastContrast) * (float)(difficulty * random.NextDouble()));
        var (cosine, sine) = (Math.Cos(angle) / scale, Math.Sin(angle) / scale);
        for (var row = 0; row < canvas; row++)
        {
            for (var column = 0; column < canvas; column++)
            {
                var (dx, dy) = (column + 0.5 - centreX, row + 0.5 - centreY);
                var value = Between(
                    garment,
                    (cosine * dx) + (sine * dy) + ((source.Width - 1) / 2.0),
                    (cosine * dy) - (sine * dx) + ((source.Height - 1) / 2.0));
                if (value > Ground)
                {
                    pixels[(row * canvas) + column] = (byte)MathF.Round(contrast * value);
                }
            }
        }
    }

    private static double Centred(Random random) => (2 * random.NextDouble()) - 1;

    // Bilinear; nothing is outside.
    private float Between(ReadOnlySpan<byte> garment, double x, double y)
    {
        if (x <= -1 || y <= -1 || x >= source.Width || y >= source.Height)
        {
            return 0;
        }

        var (left, top) = ((int)Math.Floor(x), (int)Math.Floor(y));
        var (right, bottom) = ((float)(x - left), (float)(y - top));
        var above = ((1 - right) * At(garment, left, top)) + (right * At(garment, left + 1, top));
        var below = ((1 - right) * At(garment, left, top + 1)) + (right * At(garment, left + 1, top + 1));
        return ((1 - bottom) * above) + (bottom * below);
    }

    private float At(ReadOnlySpan<byte> garment, int x, int y)
        => x < 0 || y < 0 || x >= source.Width || y >= source.Height ? 0 : garment[(y * source.Width) + x];
}
