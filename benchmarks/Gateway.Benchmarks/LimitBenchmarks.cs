using BenchmarkDotNet.Attributes;
using Gateway.Authentication;
using Gateway.Configuration;
using Gateway.Listeners;
using Gateway.RateLimiting;
using Gateway.Recording;
using Gateway.Redis;
using Gateway.Requests;
using Gateway.Scheduling;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Benchmarks;

/// <summary>What the limits cost a request, in memory: the request's and the token's window taken, settled, and told in headers.</summary>
[MemoryDiagnoser]
public class LimitBenchmarks
{
    private const int Callers = 1000;
    private const int Plenty = 1_000_000_000;

    private readonly Caller[] _callers = [.. Enumerable.Range(1, Callers).Select(static i => new Caller($"key-{i}", IsReplaced: true, null) { Principal = (UInt128)i })];
    private readonly DefaultHttpContext _context = new();
    private readonly Exchange _exchange = new(
        new Listener(0, 8080, "8080", new TierPolicy { Priority = 1 }),
        new AccessRecord { RequestId = "r", StartedAt = default, Started = 0, Listener = "8080", Priority = 1, Method = "GET", Path = "/v1/models" });
    private LimitStore? _store;
    private RequestLimitStage? _off;
    private RequestLimitStage? _requests;
    private int _next;

    [GlobalSetup]
    public void Build()
    {
        _context.Features.Set(_exchange);
        _off = Stage(null);
        _requests = Stage(new RateLimitOptions { RequestsPerMinute = Plenty, RequestsPerMinutePerIp = Plenty });
    }

    /// <summary>No limit is configured.</summary>
    [Benchmark(Baseline = true)]
    public Task Off() => _off!.InvokeAsync(_context, static _ => Task.CompletedTask);

    /// <summary>Per key and per address, before the body.</summary>
    [Benchmark]
    public Task Requests()
    {
        _exchange.Caller = _callers[_next++ % Callers];
        return _requests!.InvokeAsync(_context, static _ => Task.CompletedTask);
    }

    /// <summary>All of it but the counting of the prompt.</summary>
    [Benchmark]
    public async Task RequestsAndTokens()
    {
        _exchange.Caller = _callers[_next++ % Callers];
        await _requests!.InvokeAsync(_context, static _ => Task.CompletedTask);
        var demand = new LimitDemand(new LimitKey(LimitKind.CallerTokens, _exchange.Caller.Principal!.Value), Plenty, 500);
        LimitAnswer answer = await _store!.TakeAsync(demand);
        _exchange.TokenQuota = new Quota(Plenty, answer.First.Remaining, answer.First.ResetAfter);
        QuotaHeaders.Stamp(_context.Response.Headers, _exchange);
        await _store.SettleAsync(answer.First.Receipt, 300);
    }

    private RequestLimitStage Stage(RateLimitOptions? limits)
    {
        var options = new OptionsSnapshot(new GatewayOptions { Endpoints = [], Instances = [], RateLimit = limits });
        var redis = new RedisConnection(options, TimeProvider.System, NullLogger<RedisConnection>.Instance);
        _store = new LimitStore(redis, options, TimeProvider.System, LimitStore.Window);
        return new RequestLimitStage(_store, new CallerPrincipal(options), options);
    }
}
