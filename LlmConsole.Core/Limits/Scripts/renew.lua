-- Prolongs the leases of calls under way; says how many of them aren't known here.
local lease, missing = tonumber(nextArgument()), 0
for _ = 1, tonumber(nextArgument()) do
  local id = nextArgument()
  if redis.call('HEXISTS', calls, id) == 1 then redis.call('ZADD', leases, text(now + lease), id) else missing = missing + 1 end
end
return missing
