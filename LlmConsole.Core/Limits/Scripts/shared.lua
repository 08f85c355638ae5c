-- Begins every script. Keys, all of one tenant and so in one slot:
--   KEYS[1] hash: born (which life of the store this is), gen (rises when budgets must be read from the books again), seq (calls admitted),
--   sums (the last call that was summed up, and since which one sums hold)
--   KEYS[2] sorted set: calls by the moment at which their lease ends
--   KEYS[3] hash: calls, as JSON: owner, seq, at (arrival), second, tokens, scopes of key, counts and held budgets (name, start, amount, end)
--   KEYS[4…] one hash per scope: run; r<second> and t<second>, requests and tokens; sums, of both (second:epoch requests tokens, and
--            the budgets' names, each after a bar); per budget <name>|start, end, spent, reserved, gen, and
--            while it is being read from the books watch, wseq, wtime, except
-- Amounts are texts that only Redis adds up, in 64 bits: a Lua number is exact below 2^53 only.
local tenant, leases, calls = KEYS[1], KEYS[2], KEYS[3]
local LIFE = 3456000000
local WINDOW = 60

-- Only tests say what time it is.
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local second = math.floor(now / 1000)

local position = 1
local function nextArgument()
  position = position + 1
  return ARGV[position]
end

local function text(number) return string.format('%d', number) end

local function keep()
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, LIFE) end
end

local function add(key, field, amount)
  if redis.call('HINCRBY', key, field, amount) < 0 then redis.call('HSET', key, field, '0') end
end

-- Takes away an amount that is a text. Nothing is nothing to take away: Redis doesn't know the number -0.
local function takeAway(key, field, amount)
  if amount ~= '0' then add(key, field, '-' .. amount) end
end

-- Gives back the slot and what is reserved.
local function drop(id, call)
  for _, scope in ipairs(call.scopes) do
    add(scope.key, 'run', -1)
    for _, held in ipairs(scope.held) do
      if redis.call('HGET', scope.key, held[1] .. '|start') == held[2] then takeAway(scope.key, held[1] .. '|reserved', held[3]) end
    end
  end
  redis.call('HDEL', calls, id)
  redis.call('ZREM', leases, id)
end

-- Calls whose process is gone. Whether they were written into the books, only the books know: they are asked again.
local function reap()
  local expired = redis.call('ZRANGEBYSCORE', leases, '-inf', text(now))
  for _, id in ipairs(expired) do
    local packed = redis.call('HGET', calls, id)
    if packed then drop(id, cjson.decode(packed)) else redis.call('ZREM', leases, id) end
  end
  if #expired > 0 then redis.call('HINCRBY', tenant, 'gen', 1) end
end
