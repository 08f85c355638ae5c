-- Gives back what a call held, and counts what it used; a cancelled call has never been.
local id, isCancelled, used = nextArgument(), nextArgument() == '1', { r = nextArgument(), t = nextArgument(), u = nextArgument() }
local packed = redis.call('HGET', calls, id)
if not packed then
  -- Its lease ended, or the store forgot it. The books have it.
  if redis.call('HEXISTS', tenant, 'gen') == 1 then redis.call('HINCRBY', tenant, 'gen', 1) end
  return 0
end

local call = cjson.decode(packed)
local at, gen = tonumber(call.at), redis.call('HGET', tenant, 'gen')
drop(id, call)

local function correct(scope, kind, amount)
  if amount ~= 0 and second - call.second <= WINDOW then add(scope.key, kind .. text(call.second), text(amount)) end
end

local function spend(scope, fields, name)
  local finish = fields[name .. '|end']
  if at < tonumber(fields[name .. '|start']) or (finish ~= '' and at >= tonumber(finish)) then return end
  redis.call('HINCRBY', scope.key, name .. '|spent', used[string.sub(name, 1, 1)])

  -- Whoever is asking the books about this budget can't know whether they hold this call already.
  if fields[name .. '|gen'] ~= gen and call.seq > (tonumber(fields[name .. '|wseq']) or 0) then redis.call('HDEL', scope.key, name .. '|watch') end
end

for _, scope in ipairs(call.scopes) do
  if isCancelled then
    correct(scope, 'r', -1)
    if scope.counts then correct(scope, 't', -tonumber(call.tokens)) end
  else
    if scope.counts then correct(scope, 't', tonumber(used.t) - tonumber(call.tokens)) end
    local flat, fields = redis.call('HGETALL', scope.key), {}
    for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
    for field in pairs(fields) do
      local name = string.match(field, '^(.*)|start$')
      if name then spend(scope, fields, name) end
    end
  end
end
return 1
