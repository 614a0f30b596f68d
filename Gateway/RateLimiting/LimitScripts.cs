using Gateway.Redis;

namespace Gateway.RateLimiting;

/// <summary>
/// The windows' arithmetic, on Redis and by its clock: a hash per key with the sum (<c>u</c>), the oldest and the newest slot (<c>a</c>,
/// <c>z</c>), and the amount of each slot under its number.
/// </summary>
internal static class LimitScripts
{
    /// <summary>Shared by both: the slot of now, and a window without what has left it.</summary>
    private const string Common =
        """
        if redis.replicate_commands then redis.replicate_commands() end
        local window = tonumber(ARGV[1])
        local length = window / 256
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
        local function number(text) return tonumber(text or '0') or 0 end
        local function open(key)
          local head = redis.call('HMGET', key, 'u', 'a', 'z')
          local w = { key = key, used = number(head[1]), oldest = number(head[2]), newest = number(head[3]) }
          -- A clock that was set back must not book into slots that are taken for gone.
          w.slot = math.max(math.floor(now / length), w.newest)
          local gone = w.slot - 257
          if w.newest <= gone then
            redis.call('DEL', key)
            w.used, w.oldest, w.newest = 0, w.slot, w.slot
          elseif w.oldest <= gone then
            for s = w.oldest, gone do
              local amount = redis.call('HGET', key, string.format('%.0f', s))
              if amount then
                w.used = w.used - number(amount)
                redis.call('HDEL', key, string.format('%.0f', s))
              end
            end
            w.oldest = gone + 1
          end
          return w
        end
        local function close(w, amount)
          w.used = w.used + amount
          w.newest = w.slot
          redis.call('HINCRBY', w.key, string.format('%.0f', w.slot), string.format('%.0f', amount))
        end
        local function save(w)
          redis.call('HMSET', w.key, 'u', string.format('%.0f', w.used), 'a', string.format('%.0f', w.oldest), 'z', string.format('%.0f', w.newest))
          redis.call('PEXPIRE', w.key, string.format('%.0f', math.ceil(window / 1000 * 2)))
        end

        """;

    /// <summary>
    /// KEYS: one window or two. ARGV: the window's length in microseconds, then a limit and an amount for each. Returns 1 or 0, then for each:
    /// what is left, microseconds until the amount fits (-1 never), microseconds until empty, the slot.
    /// </summary>
    public static RedisScript Take { get; } = new(Common +
        """
        local windows, granted = {}, 1
        for i, key in ipairs(KEYS) do
          local w = open(key)
          w.limit, w.amount = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
          windows[i] = w
          if w.amount > 0 and w.used + w.amount > w.limit then granted = 0 end
        end
        local answer = { granted }
        for i, w in ipairs(windows) do
          local wait = 0
          if granted == 1 then
            if w.amount > 0 then close(w, w.amount) end
          elseif w.amount > w.limit then
            wait = -1
          elseif w.used + w.amount > w.limit then
            local excess = w.used + w.amount - w.limit
            for s = w.oldest, w.newest do
              excess = excess - number(redis.call('HGET', w.key, string.format('%.0f', s)))
              if excess <= 0 then
                wait = (s + 257) * length - now
                break
              end
            end
          end
          local empty = 0
          if w.used > 0 then
            save(w)
            empty = (w.newest + 257) * length - now
          end
          answer[#answer + 1] = string.format('%.0f', math.max(0, w.limit - w.used))
          answer[#answer + 1] = string.format('%.0f', wait)
          answer[#answer + 1] = string.format('%.0f', empty)
          answer[#answer + 1] = string.format('%.0f', w.slot)
        end
        return answer
        """);

    /// <summary>KEYS: the window. ARGV: its length in microseconds, the slot, what was taken, what was used.</summary>
    public static RedisScript Settle { get; } = new(Common +
        """
        local w = open(KEYS[1])
        local slot, taken, used = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
        if used > taken then
          close(w, used - taken)
        elseif slot >= w.oldest and w.used > 0 then
          local name = string.format('%.0f', slot)
          local back = math.min(taken - used, number(redis.call('HGET', KEYS[1], name)))
          redis.call('HINCRBY', KEYS[1], name, string.format('%.0f', -back))
          w.used = w.used - back
        end
        if redis.call('EXISTS', KEYS[1]) == 1 then save(w) end
        return 1
        """);
}
