-- Admits a call, or only looks.
local MILLION = 1000000

-- Without a hard limit, worst cases may be of any size: together they stay within what can be counted.
local MOST = 4000000000000000000

-- A scope's state is read when the first call needs it.
local scopes = {}
local function open(scope)
  local state = stateOf(scope.key)
  scope.state = state
  return state
end

for i = 1, tonumber(nextArgument()) do
  local scope = { key = KEYS[tonumber(nextArgument())], quotas = {} }
  scope.rpm, scope.tpm, scope.concurrency = tonumber(nextArgument()), tonumber(nextArgument()), tonumber(nextArgument())
  for j = 1, tonumber(nextArgument()) do
    local quota = { hard = nextArgument() == '1', limit = nextArgument(), name = nextArgument(), start = nextArgument(), finish = nextArgument() }
    quota.unit, quota.json = string.sub(quota.name, 1, 1), cjson.encode(quota.name)
    scope.quotas[j] = quota
  end
  scope.json = '{"key":' .. cjson.encode(scope.key) .. ',"counts":' .. (scope.tpm and 'true' or 'false') .. ',"held":['
  scopes[i] = scope
end

local admitted, reply, said = {}, {}, 0
local ownerJson = cjson.encode(owner)

local function say(value)
  said = said + 1
  reply[said] = value
end

-- The budget in the period that a call came in, or in a later one.
local function budgetOf(state, quota)
  local budget = state.budgets[quota.name] or openBudget(state, quota.name)
  if budget.start ~= quota.start and (not budget.start or tonumber(quota.start) > tonumber(budget.start)) then
    -- A new period begins at nothing: every call in it passes by here, or makes when it ends that the budget isn't known.
    setBudget(state, budget, 'start', quota.start)
    setBudget(state, budget, 'end', quota.finish)
    setBudget(state, budget, 'spent', '0')
    setBudget(state, budget, 'reserved', '0')
    if budget.watch then setBudget(state, budget, 'watch', nil) end
  end
  return budget
end

local function readCall()
  local call = { id = nextArgument(), at = nextArgument(), counts = nextArgument() == '1', wanted = tonumber(nextArgument()), prompt = tonumber(nextArgument()), choices = tonumber(nextArgument()) }
  call.promptCost, call.promptRest, call.tokenCost, call.tokenRest = tonumber(nextArgument()), tonumber(nextArgument()), tonumber(nextArgument()), tonumber(nextArgument())
  call.output, call.scopes, call.worst = call.wanted, {}, {}
  for i = 1, tonumber(nextArgument()) do call.scopes[i] = scopes[tonumber(nextArgument())] end
  return call
end

-- False when the books must be asked about a budget first.
local function enterBudgets(call)
  local isKnown = true
  for i = 1, #call.scopes do
    local scope = call.scopes[i]
    local state = scope.state or open(scope)
    for j = 1, #scope.quotas do isKnown = budgetOf(state, scope.quotas[j]).gen == gen and isKnown end
  end
  return isKnown
end

-- Exact wherever it matters: billions are subtracted apart from the rest, and a difference beyond 2^53 is more than any call needs.
local function left(quota, budget)
  if #quota.limit <= SHORT and #budget.spent <= SHORT and #budget.reserved <= SHORT then return quota.limit - budget.spent - budget.reserved end
  local limitHigh, limitLow = parts(quota.limit)
  local spentHigh, spentLow = parts(budget.spent)
  local reservedHigh, reservedLow = parts(budget.reserved)
  return (limitHigh - spentHigh - reservedHigh) * BILLION + (limitLow - spentLow - reservedLow)
end

local function worstOf(call, unit, output)
  if unit == 'r' then return 1 end
  if unit == 't' then return call.prompt + output * call.choices end
  local rest = call.promptRest + output * call.tokenRest
  return call.promptCost + output * call.tokenCost + math.floor(rest / MILLION) + (rest % MILLION > 0 and 1 or 0)
end

-- Most calls are given what they want.
local function worstCase(call, unit, output)
  if output ~= call.wanted then return worstOf(call, unit, output) end
  local worst = call.worst[unit]
  if not worst then
    worst = worstOf(call, unit, output)
    call.worst[unit] = worst
  end
  return worst
end

-- The most output per choice that an amount affords, up to what is wanted; negative when even the prompt is too much.
local function affords(call, unit, amount)
  if unit == 'r' then return amount >= 1 and math.huge or -1 end
  if worstCase(call, unit, call.wanted) <= amount then return call.wanted end
  if worstCase(call, unit, 0) > amount then return -1 end
  local low, high = 0, call.wanted
  while high - low > 1 do
    local middle = math.floor((low + high) / 2)
    if worstCase(call, unit, middle) <= amount then low = middle else high = middle end
  end
  return low
end

local function fitsBudgets(call, unit, least)
  for i = 1, #call.scopes do
    local scope = call.scopes[i]
    local state = scope.state
    for j = 1, #scope.quotas do
      local quota = scope.quotas[j]
      if quota.hard and quota.unit == unit then
        local most = affords(call, unit, left(quota, state.budgets[quota.name]))
        if most < least then return false end
        if unit ~= 'r' then call.output = math.min(call.output, most) end
      end
    end
  end
  return true
end

local function fitsMinute(call, least)
  for i = 1, #call.scopes do
    local scope = call.scopes[i]
    if scope.tpm then
      local most = affords(call, 't', scope.tpm)
      if most < least then return false end
      call.output = math.min(call.output, most)
    end
  end
  for i = 1, #call.scopes do
    local scope = call.scopes[i]
    if scope.tpm and scope.state.t.sum + worstCase(call, 't', call.output) > scope.tpm then return false end
  end
  return true
end

local function fits(call)
  for i = 1, #call.scopes do
    local scope = call.scopes[i]
    local state = scope.state
    if scope.rpm and state.r.sum >= scope.rpm then return false end
    if scope.concurrency and state.run >= scope.concurrency then return false end
  end
  if not fitsBudgets(call, 'r', 0) then return false end
  if not call.counts then return true end
  local least = math.min(call.output, 16)
  return fitsBudgets(call, 't', least) and fitsBudgets(call, 'u', least) and fitsMinute(call, least)
end

-- What a scope holds for a call, as JSON: name, start, amount and end of each budget. One that two quotas count in is reserved once.
local function reserve(scope, call, granted)
  local state, held, isHeld = scope.state, {}, {}
  for i = 1, #scope.quotas do
    local quota = scope.quotas[i]
    if not isHeld[quota.name] then
      isHeld[quota.name] = true
      local budget = state.budgets[quota.name]
      local amount = text(math.max(0, math.min(worstCase(call, quota.unit, granted), MOST - tonumber(budget.reserved))))
      if amount ~= '0' then setBudget(state, budget, 'reserved', sum(budget.reserved, amount)) end
      held[#held + 1] = '[' .. quota.json .. ',"' .. budget.start .. '","' .. amount .. '","' .. budget['end'] .. '"]'
    end
  end
  return scope.json .. table.concat(held, ',') .. ']}'
end

local function take(call)
  local granted, held = call.output or 0, {}
  local tokens = worstCase(call, 't', granted)
  seq = seq + 1
  for i = 1, #call.scopes do
    local scope = call.scopes[i]
    local state = scope.state
    run(state, 1)
    count(state, 'r', second, 1)
    if scope.tpm then count(state, 't', second, tokens) end
    held[i] = reserve(scope, call, granted)
  end
  table.insert(admitted, call.id)
  table.insert(admitted, '{"owner":' .. ownerJson .. ',"seq":' .. text(seq) .. ',"at":"' .. call.at .. '","second":' .. secondText .. ',"tokens":"' .. text(tokens) .. '","scopes":[' .. table.concat(held, ',') .. ']}')
end

-- Of a call that was taken, how much is in the windows, and what was spent.
local function sayTaken(call)
  say('taken')
  say(call.output and text(call.output) or '-')
  for i = 1, #call.scopes do
    local scope = call.scopes[i]
    local state = scope.state
    say(text(state.r.sum))
    say(text(state.t.sum))
    for j = 1, #scope.quotas do
      local budget = state.budgets[scope.quotas[j].name]
      say(budget.start)
      say(budget.spent)
    end
  end
end

local function sayWindow(state, kind)
  local moments, buckets = {}, secondsOf(state, kind)
  for moment, amount in pairs(buckets) do
    if amount ~= 0 then table.insert(moments, moment) end
  end
  table.sort(moments)
  say(text(#moments))
  for _, moment in ipairs(moments) do say(text(moment) .. ' ' .. text(buckets[moment])) end
end

local function sayStanding(call)
  say('stands')
  say(secondText)
  say(call.output and text(call.output) or '-')
  for _, scope in ipairs(call.scopes) do
    local state = scope.state
    say(text(state.run))
    sayWindow(state, 'r')
    sayWindow(state, 't')
    for _, quota in ipairs(scope.quotas) do
      local budget = state.budgets[quota.name]
      say(budget.start .. ' ' .. (budget['end'] == '' and '-' or budget['end']) .. ' ' .. budget.spent .. ' ' .. budget.reserved)
    end
  end
end

local function admit(looksOnly)
  local call = readCall()
  if not isBorn then
    say('rejoin')
  elseif not enterBudgets(call) then
    say('seed')
  else
    if not looksOnly and fits(call) then
      take(call)
      sayTaken(call)
    else
      sayStanding(call)
    end
  end
end

