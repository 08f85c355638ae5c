-- Takes everything that a call may need, or nothing; or only looks. Says in each case where the scopes stand.
local born, id, owner, lease, at = nextArgument(), nextArgument(), nextArgument(), tonumber(nextArgument()), nextArgument()
local looksOnly, counts, wanted = nextArgument() == '1', nextArgument() == '1', tonumber(nextArgument())
local prompt, choices = tonumber(nextArgument()), tonumber(nextArgument())
local promptCost, promptRest, tokenCost, tokenRest = tonumber(nextArgument()), tonumber(nextArgument()), tonumber(nextArgument()), tonumber(nextArgument())
local MILLION = 1000000

if redis.call('HGET', tenant, 'born') ~= born then return { 'rejoin' } end
reap()
local gen = redis.call('HGET', tenant, 'gen')
local isUnknown = false

local function budgetOf(scope, name, start, finish)
  local fields = scope.fields
  local current = fields[name .. '|start']
  local known = fields[name .. '|gen'] == gen
  if not current or tonumber(start) > tonumber(current) then
    -- A new period begins at nothing: every call in it passes by here, or makes when it ends that the budget isn't known.
    redis.call('HSET', scope.key, name .. '|start', start, name .. '|end', finish, name .. '|spent', '0', name .. '|reserved', '0')
    redis.call('HDEL', scope.key, name .. '|watch')
    return { name = name, start = start, finish = finish, spent = '0', reserved = '0', known = known }
  end
  return { name = name, start = current, finish = fields[name .. '|end'], spent = fields[name .. '|spent'], reserved = fields[name .. '|reserved'], known = known }
end

local function readScope(key)
  local scope = { key = key, fields = {}, requests = {}, tokens = {}, requestSum = 0, tokenSum = 0, newest = {}, budgets = {}, quotas = {} }
  scope.rpm, scope.tpm, scope.concurrency = tonumber(nextArgument()), tonumber(nextArgument()), tonumber(nextArgument())
  local flat = redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    local kind, moment = string.match(flat[i], '^([rt])(%d+)$')
    if not kind then
      scope.fields[flat[i]] = flat[i + 1]
    elseif second - tonumber(moment) > WINDOW then
      redis.call('HDEL', key, flat[i])
    elseif kind == 'r' then
      table.insert(scope.requests, { tonumber(moment), tonumber(flat[i + 1]) })
      scope.requestSum = scope.requestSum + tonumber(flat[i + 1])
    else
      table.insert(scope.tokens, { tonumber(moment), tonumber(flat[i + 1]) })
      scope.tokenSum = scope.tokenSum + tonumber(flat[i + 1])
    end
  end
  scope.run = tonumber(scope.fields['run']) or 0
  for i = 1, tonumber(nextArgument()) do
    local quota = { hard = nextArgument() == '1', limit = nextArgument() }
    local name, start, finish = nextArgument(), nextArgument(), nextArgument()
    quota.unit = string.sub(name, 1, 1)
    quota.budget = scope.budgets[name] or budgetOf(scope, name, start, finish)
    scope.budgets[name] = quota.budget
    isUnknown = isUnknown or not quota.budget.known
    scope.quotas[i] = quota
  end
  return scope
end

local scopes = {}
for i = 4, #KEYS do scopes[i - 3] = readScope(KEYS[i]) end
if isUnknown then return { 'seed' } end

-- Exact wherever it matters: billions are subtracted apart from the rest, and a difference beyond 2^53 is more than any call needs.
local function left(quota)
  local function parts(amount) return tonumber(string.sub(amount, 1, -10)) or 0, tonumber(string.sub(amount, -9)) end
  local limitHigh, limitLow = parts(quota.limit)
  local spentHigh, spentLow = parts(quota.budget.spent)
  local reservedHigh, reservedLow = parts(quota.budget.reserved)
  return (limitHigh - spentHigh - reservedHigh) * 1000000000 + (limitLow - spentLow - reservedLow)
end

local function worstCase(unit, output)
  if unit == 'r' then return 1 end
  if unit == 't' then return prompt + output * choices end
  local rest = promptRest + output * tokenRest
  return promptCost + output * tokenCost + math.floor(rest / MILLION) + (rest % MILLION > 0 and 1 or 0)
end

-- The most output per choice that an amount affords, up to what is wanted; negative when even the prompt is too much.
local function affords(unit, amount)
  if unit == 'r' then return amount >= 1 and math.huge or -1 end
  if worstCase(unit, 0) > amount then return -1 end
  if worstCase(unit, wanted) <= amount then return wanted end
  local low, high = 0, wanted
  while high - low > 1 do
    local middle = math.floor((low + high) / 2)
    if worstCase(unit, middle) <= amount then low = middle else high = middle end
  end
  return low
end

local output = wanted

local function fitsBudgets(unit, least)
  for _, scope in ipairs(scopes) do
    for _, quota in ipairs(scope.quotas) do
      if quota.hard and quota.unit == unit then
        local most = affords(unit, left(quota))
        if most < least then return false end
        if unit ~= 'r' then output = math.min(output, most) end
      end
    end
  end
  return true
end

local function fitsMinute(least)
  for _, scope in ipairs(scopes) do
    if scope.tpm then
      local most = affords('t', scope.tpm)
      if most < least then return false end
      output = math.min(output, most)
    end
  end
  for _, scope in ipairs(scopes) do
    if scope.tpm and scope.tokenSum + worstCase('t', output) > scope.tpm then return false end
  end
  return true
end

local function fits()
  for _, scope in ipairs(scopes) do
    if scope.rpm and scope.requestSum >= scope.rpm then return false end
    if scope.concurrency and scope.run >= scope.concurrency then return false end
  end
  if not fitsBudgets('r', 0) then return false end
  if not counts then return true end
  local least = math.min(output, 16)
  return fitsBudgets('t', least) and fitsBudgets('u', least) and fitsMinute(least)
end

-- Without a hard limit, worst cases may be of any size: together they stay within what can be counted.
local MOST = 4000000000000000000

local function reserve(budget, granted)
  local amount = worstCase(string.sub(budget.name, 1, 1), granted)
  return text(math.max(0, math.min(amount, MOST - tonumber(budget.reserved))))
end

local function take()
  local granted = output or 0
  local tokens = worstCase('t', granted)
  local call = { owner = owner, seq = redis.call('HINCRBY', tenant, 'seq', 1), at = at, second = second, tokens = text(tokens), scopes = {} }
  for i, scope in ipairs(scopes) do
    local held = {}
    redis.call('HINCRBY', scope.key, 'run', 1)
    redis.call('HINCRBY', scope.key, 'r' .. text(second), 1)
    if scope.tpm then redis.call('HINCRBY', scope.key, 't' .. text(second), text(tokens)) end
    for name, budget in pairs(scope.budgets) do
      local amount = reserve(budget, granted)
      redis.call('HINCRBY', scope.key, name .. '|reserved', amount)
      table.insert(held, { name, budget.start, amount, budget.finish })
    end
    call.scopes[i] = { key = scope.key, counts = scope.tpm ~= nil, held = held }
    scope.requests = { { second, scope.requestSum + 1 } }
    if scope.tpm then scope.tokens = { { second, scope.tokenSum + tokens } } end
  end
  redis.call('HSET', calls, id, cjson.encode(call))
  redis.call('ZADD', leases, text(now + lease), id)
  keep()
end

local function flat(buckets)
  local list = {}
  for _, bucket in ipairs(buckets) do
    table.insert(list, text(bucket[1]))
    table.insert(list, text(bucket[2]))
  end
  return list
end

local isAdmitted = not looksOnly and fits()
if isAdmitted then take() end
local stand = {}
for i, scope in ipairs(scopes) do
  local budgets = {}
  for _, quota in ipairs(scope.quotas) do
    local budget = quota.budget
    for _, value in ipairs({ budget.start, budget.finish, budget.spent, budget.reserved }) do table.insert(budgets, value) end
  end
  stand[i] = { text(scope.run), flat(scope.requests), flat(scope.tokens), budgets }
end
return { isAdmitted and 'taken' or 'stands', text(second), output and text(output) or '', stand }
