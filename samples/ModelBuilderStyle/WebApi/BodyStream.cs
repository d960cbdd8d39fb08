using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace ModelBuilderStyle.WebApi;

/// <summary>
/// Reads a request's body so that a read can be cancelled. The server's own stream stays in the middle of a cancelled read; the server then
/// fails to skip the rest of the body and logs that as an error.
/// </summary>
/// <param name="body">The body.</param>
internal sealed class BodyStream(PipeReader body) : Stream
{
    /// <inheritdoc />
    public override bool CanRead => true;

    /// <inheritdoc />
    public override bool CanSeek => false;

    /// <inheritdoc />
    public override bool CanWrite => false;

    /// <inheritdoc />
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc />
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc />
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await using var stop = cancellationToken.Register(body.CancelPendingRead);
        while (true)
        {
            var result = await ReadAsync();
            if (result.IsCanceled)
            {
                body.AdvanceTo(result.Buffer.Start);
                cancellationToken.ThrowIfCancellationRequested();
                continue;
            }

            // The buffer is the pipe's again once the pipe has advanced.
            var count = (int)Math.Min(buffer.Length, result.Buffer.Length);
            var part = result.Buffer.Slice(0, count);
            part.CopyTo(buffer.Span);
            body.AdvanceTo(part.End);
            if (count > 0 || result.IsCompleted)
            {
                return count;
            }
        }
    }

    /// <inheritdoc />
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc />
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc />
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void Flush()
    {
    }

    private async ValueTask<ReadResult> ReadAsync()
    {
        try
        {
            return await body.ReadAsync();
        }
        catch (IOException exception) when (exception is not (BadHttpRequestException or ConnectionResetException))
        {
            // The server says so of chunk sizes that do not fit into a number.
            throw RequestProblem.Bad("The body is no valid HTTP.");
        }
    }
}
