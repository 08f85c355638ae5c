-- An instance that Redis, or that missed Redis for a while: its calls become those that it really has, its minute is made known, and budgets
-- are read from the books again.
local newBorn, oldBorn, owner, lease = nextArgument(), nextArgument(), nextArgument(), tonumber(nextArgument())
local born = redis.call('HGET', tenant, 'born')
if not born then
  born = newBorn
  redis.call('HSET', tenant, 'born', born, 'gen', text(now), 'seq', 0)
end

local isUnderWay = {}
for _ = 1, tonumber(nextArgument()) do isUnderWay[nextArgument()] = true end
local known = redis.call('HGETALL', calls)
for i = 1, #known, 2 do
  local call = cjson.decode(known[i + 1])
  if call.owner == owner and not isUnderWay[known[i]] then drop(known[i], call) end
end

local function adopt(id, call)
  call.owner, call.seq = owner, redis.call('HINCRBY', tenant, 'seq', 1)
  for _, scope in ipairs(call.scopes) do
    redis.call('HINCRBY', scope.key, 'run', 1)
    for _, held in ipairs(scope.held) do
      local start = redis.call('HGET', scope.key, held[1] .. '|start')
      if not start then
        redis.call('HSET', scope.key, held[1] .. '|start', held[2], held[1] .. '|end', held[4], held[1] .. '|spent', '0', held[1] .. '|reserved', held[3])
      elseif start == held[2] then
        redis.call('HINCRBY', scope.key, held[1] .. '|reserved', held[3])
      end
    end
  end
  redis.call('HSET', calls, id, cjson.encode(call))
  redis.call('ZADD', leases, text(now + lease), id)
end

for _ = 1, tonumber(nextArgument()) do
  local id, call = nextArgument(), cjson.decode(nextArgument())
  call.second = second - call.age
  adopt(id, call)
end

-- What Redis was told before counts only where it has forgotten it.
local hasForgotten = oldBorn ~= '' and oldBorn ~= born
for _ = 1, tonumber(nextArgument()) do
  local key, kind, age, untold, told = KEYS[tonumber(nextArgument())], nextArgument(), tonumber(nextArgument()), tonumber(nextArgument()), tonumber(nextArgument())
  local amount = untold + (hasForgotten and told or 0)
  if amount ~= 0 then add(key, kind .. text(second - age), text(amount)) end
end

redis.call('HINCRBY', tenant, 'gen', 1)

-- What the minutes came to is summed up anew.
redis.call('HINCRBY', tenant, 'seq', 1)
keep()
return born
