using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Gateway.Authentication;
using Gateway.Requests;
using Microsoft.Extensions.Primitives;

namespace Gateway.Caching;

/// <summary>
/// Request -> <see cref="CacheKey"/>. Each part goes in behind its length, so that no two requests have the same bytes; the body goes in where it
/// lies. Nothing is allocated but one hash per thread, and what is remembered of requests that come again.
/// </summary>
internal static class CacheKeyHash
{
    private const byte Version = 1;

    /// <summary>What else an answer may depend on. An answer that varies by anything that is in neither list is not stored.</summary>
    private static readonly (string Name, Func<IHeaderDictionary, StringValues> Of)[] Headers =
    [
        ("Content-Type", static headers => headers.ContentType),
        ("Content-Encoding", static headers => headers.ContentEncoding),
        ("Accept", static headers => headers.Accept),
        ("Accept-Encoding", static headers => headers.AcceptEncoding),
        ("OpenAI-Organization", static headers => headers["OpenAI-Organization"]),
        ("OpenAI-Project", static headers => headers["OpenAI-Project"]),
        ("OpenAI-Beta", static headers => headers["OpenAI-Beta"]),
        ("Origin", static headers => headers.Origin),
    ];

    /// <summary>What stands in the names of headers by which a proxy in front of an upstream may know its callers.</summary>
    private static readonly SearchValues<string> CredentialWords = SearchValues.Create(
        ["key", "token", "auth", "secret", "password", "credential", "session", "user", "tenant", "account", "signature", "cert"], StringComparison.OrdinalIgnoreCase);

    /// <summary>Of the same requests again, which are those that a cache is for: to recognise one takes a tenth of hashing it. 2 MiB at most.</summary>
    private static readonly ByteMemo<CacheKey> Known = new(places: 1024);

    [ThreadStatic]
    private static IncrementalHash? _hash;

    /// <summary>The header is part of every key, or of the caller's identity, which is.</summary>
    public static bool Covers(ReadOnlySpan<char> header)
    {
        foreach (string name in (ReadOnlySpan<string>)[.. Headers.Select(static known => known.Name), .. CredentialHeaders.Names])
        {
            if (header.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="request">Its method and headers.</param>
    /// <param name="caller">Whose it is.</param>
    /// <param name="api">Where it goes, and its body, which is in memory.</param>
    /// <param name="scope">The upstreams that may answer it.</param>
    public static CacheKey Of(HttpRequest request, Caller caller, ApiRequest api, ReadOnlySpan<byte> scope)
    {
        IncrementalHash hash = _hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var parts = new Parts(stackalloc byte[2048], hash);
        parts.Add([Version]);
        parts.Add(scope);
        parts.Add(request.Method);
        parts.Add(api.Path);
        parts.Add(api.Query);
        AddCaller(ref parts, request.Headers, caller);
        foreach ((_, Func<IHeaderDictionary, StringValues> header) in Headers)
        {
            parts.Add(header(request.Headers));
        }

        AddBody(ref parts, api.Body);
        ReadOnlySpan<byte> all = parts.Gathered;
        int place = 0;
        if (!all.IsEmpty && Known.TryFind(all, out place, out CacheKey key))
        {
            return key;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        parts.Finish(digest);
        key = CacheKey.Of(CacheKey.ModelOf(api.Facts.Model), digest);
        if (!all.IsEmpty)
        {
            Known.Keep(place, all, key);
        }

        return key;
    }

    private static void AddCaller(ref Parts parts, IHeaderDictionary headers, Caller caller)
    {
        if (caller.Principal is { } principal)
        {
            parts.Add("principal");
            parts.Add(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref principal, 1)));
            parts.Add(caller.UpstreamKey);
        }
        else if (caller.IsReplaced)
        {
            parts.Add("anonymous");
        }
        else
        {
            parts.Add("own");
            bool isNamed = false;
            foreach (string name in CredentialHeaders.Names)
            {
                StringValues values = headers[name];
                parts.Add(values);
                isNamed |= values.Count > 0;
            }

            if (!isNamed)
            {
                AddOthers(ref parts, headers);
            }
        }
    }

    /// <summary>Where none of the usual headers says who calls, every one whose name sounds as if it did.</summary>
    private static void AddOthers(ref Parts parts, IHeaderDictionary headers)
    {
        foreach ((string name, StringValues values) in headers)
        {
            if (name.AsSpan().ContainsAny(CredentialWords) && !name.Equals("User-Agent", StringComparison.OrdinalIgnoreCase))
            {
                parts.Add(name);
                parts.Add(values);
            }
        }
    }

    private static void AddBody(ref Parts parts, RequestBody body)
    {
        parts.AddLength(body.Length);
        foreach (ReadOnlyMemory<byte> piece in body.AsSequence())
        {
            parts.Append(piece.Span);
        }
    }

    /// <summary>Gathers the small parts: a call of the hash costs as much as hashing half a kilobyte.</summary>
    private ref struct Parts(Span<byte> buffer, IncrementalHash hash)
    {
        private readonly Span<byte> _buffer = buffer;
        private int _used;
        private bool _isFlushed;

        public void Add(StringValues values)
        {
            AddLength(values.Count);
            foreach (string? value in values)
            {
                Add(value);
            }
        }

        /// <summary>Its UTF-16 bytes as they lie in memory.</summary>
        public void Add(string? text) => Add(MemoryMarshal.AsBytes(text.AsSpan()));

        public void Add(ReadOnlySpan<byte> bytes)
        {
            AddLength(bytes.Length);
            Append(bytes);
        }

        public void AddLength(long length) => Append(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref length, 1)));

        public void Append(ReadOnlySpan<byte> bytes)
        {
            if (bytes.Length > _buffer.Length - _used)
            {
                Flush();
            }

            if (bytes.Length > _buffer.Length)
            {
                hash.AppendData(bytes);
                return;
            }

            bytes.CopyTo(_buffer[_used..]);
            _used += bytes.Length;
        }

        /// <summary>All parts, where they are few enough to stand here together; else nothing.</summary>
        public readonly ReadOnlySpan<byte> Gathered => _isFlushed ? default : _buffer[.._used];

        public void Finish(Span<byte> digest)
        {
            if (!_isFlushed)
            {
                // Nearly every request: in one call, and no state to keep.
                SHA256.HashData(_buffer[.._used], digest);
                return;
            }

            Flush();
            hash.GetHashAndReset(digest);
        }

        private void Flush()
        {
            hash.AppendData(_buffer[.._used]);
            _used = 0;
            _isFlushed = true;
        }
    }
}
