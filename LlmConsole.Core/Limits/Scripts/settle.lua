-- Gives back what a call held, and counts what it used; a cancelled call has never been. Keys that it holds nothing of are those of whom it was
-- made for without limits: they may have budgets all the same, of before or of now.
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

local function spend(key, fields, name)
  local finish = fields[name .. '|end']
  if at < tonumber(fields[name .. '|start']) then return end
  if finish ~= '' and at >= tonumber(finish) then
    -- It was admitted without this budget, which was not in force then: the period that it came in didn't begin at nothing.
    redis.call('HDEL', key, name .. '|gen')
    return
  end
  redis.call('HINCRBY', key, name .. '|spent', used[string.sub(name, 1, 1)])

  -- Whoever is asking the books about this budget can't know whether they hold this call already.
  if fields[name .. '|gen'] ~= gen and call.seq > (tonumber(fields[name .. '|wseq']) or 0) then redis.call('HDEL', key, name .. '|watch') end
end

local function spendAll(key)
  local flat, fields = redis.call('HGETALL', key), {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  for field in pairs(fields) do
    local name = string.match(field, '^(.*)|start$')
    if name then spend(key, fields, name) end
  end
end

for _, scope in ipairs(call.scopes) do
  if isCancelled then
    correct(scope, 'r', -1)
    if scope.counts then correct(scope, 't', -tonumber(call.tokens)) end
  else
    if scope.counts then correct(scope, 't', tonumber(used.t) - tonumber(call.tokens)) end
    spendAll(scope.key)
  end
end

for i = 4 + #call.scopes, #KEYS do
  if not isCancelled then spendAll(KEYS[i]) end
end
return 1
