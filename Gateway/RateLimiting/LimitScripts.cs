using Gateway.Redis;

namespace Gateway.RateLimiting;

/// <summary>
/// The windows' arithmetic, on Redis and by its clock: a hash per key with the sum (<c>u</c>), the oldest and the newest slot (<c>a</c>,
/// <c>z</c>), and the amount of each slot under its number.
/// </summary>
internal static class LimitScripts
{
    /// <summary>Shared by both: a window without what has left it, and how it is written back.</summary>
    private const string Common =
        """
        if redis.replicate_commands then redis.replicate_commands() end
        local window = tonumber(ARGV[1])
        local length = window / 256
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
        -- What somebody else has written into the window is nothing: "nan" would let everything pass.
        local function number(text)
          local n = tonumber(text or '0') or 0
          return n == n and math.abs(n) < 2 ^ 53 and n or 0
        end
        local function text(number) return string.format('%.0f', number) end
        local function names(from, to)
          local list = {}
          for s = from, to do list[#list + 1] = text(s) end
          return list
        end
        local function open(key)
          local head = redis.call('HMGET', key, 'u', 'a', 'z')
          local w = { key = key, used = number(head[1]), slot = math.floor(now / length), carried = 0, gone = {} }
          w.oldest, w.newest = number(head[2] or w.slot), number(head[3] or w.slot)
          if w.slot < w.newest - 256 then
            -- The clock was set back. All of it counts as taken just now: late by a window at most, and never too soon.
            w.gone, w.carried = names(w.oldest, w.newest), w.used
            w.oldest, w.newest = w.slot, w.slot
          else
            -- Set back by less: nothing is booked into slots that are taken for gone.
            w.slot = math.max(w.slot, w.newest)
            w.gone = names(w.oldest, math.min(w.slot - 257, w.newest))
            if #w.gone > 0 then
              for _, amount in ipairs(redis.call('HMGET', key, unpack(w.gone))) do w.used = w.used - number(amount) end
              w.oldest = w.oldest + #w.gone
              if w.oldest > w.newest then w.oldest, w.newest = w.slot, w.slot end
            end
          end
          return w
        end
        -- A full server refuses the first write and no other, and takes a deletion for none: so that one comes last.
        local function save(w, slot, amount)
          redis.call('HINCRBY', w.key, text(slot), text(amount + w.carried))
          w.used = w.used + amount
          redis.call('HMSET', w.key, 'u', text(w.used), 'a', text(w.oldest), 'z', text(w.newest))
          if #w.gone > 0 then redis.call('HDEL', w.key, unpack(w.gone)) end
          redis.call('PEXPIRE', w.key, text(math.ceil(window / 1000 * 2)))
        end

        """;

    /// <summary>
    /// KEYS: one window or two. ARGV: the window's length in microseconds, then a limit and an amount for each. Returns 1 or 0, then for each:
    /// what is left, what is used, microseconds until the amount fits (-1 never), microseconds until empty, the slot. What is refused writes nothing.
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
          local wait, excess = 0, w.used + w.amount - w.limit
          if granted == 1 then
            if w.amount > 0 then
              w.newest = w.slot
              save(w, w.slot, w.amount)
            end
          elseif w.amount > w.limit then
            wait = -1
          elseif excess > 0 and w.carried > 0 then
            wait = (w.slot + 257) * length - now
          elseif excess > 0 then
            for n, amount in ipairs(redis.call('HMGET', w.key, unpack(names(w.oldest, w.newest)))) do
              excess = excess - number(amount)
              if excess <= 0 then
                wait = (w.oldest + n + 256) * length - now
                break
              end
            end
          end
          answer[#answer + 1] = text(math.max(0, w.limit - w.used))
          answer[#answer + 1] = text(w.used)
          answer[#answer + 1] = text(wait)
          answer[#answer + 1] = text(w.used > 0 and (w.newest + 257) * length - now or 0)
          answer[#answer + 1] = text(w.slot)
        end
        return answer
        """);

    /// <summary>KEYS: the window. ARGV: its length in microseconds, the slot, what was taken, what was used.</summary>
    public static RedisScript Settle { get; } = new(Common +
        """
        local w = open(KEYS[1])
        local slot, taken, used = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
        if used > taken then
          w.newest = w.slot
          save(w, w.slot, used - taken)
        elseif w.carried == 0 and slot >= w.oldest and slot <= w.newest then
          local back = math.min(taken - used, number(redis.call('HGET', w.key, text(slot))))
          if back > 0 then save(w, slot, -back) end
        end
        return 1
        """);
}
