-- What the scripts of a turn know of each scope: read once, changed here, and written once at the end.
local BILLION = 1000000000
local unpack = table.unpack or unpack

local born, owner, lease = nextArgument(), nextArgument(), tonumber(nextArgument())
reap()
local header = redis.call('HMGET', tenant, 'born', 'gen', 'seq', 'sums')
local isBorn, gen, seq = header[1] == born, header[2], tonumber(header[3])

-- What a scope's minute comes to is kept beside its seconds, and holds for the second in which it was summed up. Whoever admits without keeping
-- it (an instance of an older version, or one that rejoins) raises seq without saying so here, and what was summed up until then is void.
local keptSeq, epoch = string.match(header[4] or '', '^(%d+) (%d+)$')
if keptSeq ~= header[3] then epoch = header[3] end
local secondText = text(second)
local stamp = secondText .. ':' .. (epoch or '')

-- Amounts in two parts, each exact as a Lua number.
local function parts(amount) return tonumber(string.sub(amount, 1, -10)) or 0, tonumber(string.sub(amount, -9)) end

local function joined(high, low)
  if high < 0 then return '0' end
  if high >= 9 * BILLION then return '9000000000000000000' end
  return high == 0 and text(low) or text(high) .. string.format('%09d', low)
end

-- Amounts of up to so many digits can be added up as Lua numbers.
local SHORT = 15

local function sum(a, b)
  if #a <= SHORT and #b <= SHORT then return text(a + b) end
  local aHigh, aLow = parts(a)
  local bHigh, bLow = parts(b)
  local low = aLow + bLow
  if low >= BILLION then return joined(aHigh + bHigh + 1, low - BILLION) end
  return joined(aHigh + bHigh, low)
end

-- Never below nothing.
local function difference(a, b)
  if #a <= SHORT and #b <= SHORT then return text(math.max(0, a - b)) end
  local aHigh, aLow = parts(a)
  local bHigh, bLow = parts(b)
  local low = aLow - bLow
  if low < 0 then return joined(aHigh - bHigh - 1, low + BILLION) end
  return joined(aHigh - bHigh, low)
end

local states, isSummedUp = {}, false

local function setBudget(state, budget, part, value)
  budget[part] = value
  budget.touched[part] = true
  state.isChanged = true
end

local function newBudget(state, name)
  local budget = { name = name, unit = string.sub(name, 1, 1), touched = {} }
  state.budgets[name] = budget
  return budget
end

local byte, sub = string.byte, string.sub

-- Most fields are seconds of the last minute, so they are told apart by their first bytes: r or t before a digit.
local function secondOf(field)
  local kind, digit = byte(field, 1, 2)
  if (kind == 114 or kind == 116) and digit and digit >= 48 and digit <= 57 then return kind == 114 and 'r' or 't', tonumber(sub(field, 2)) end
end

-- What is known of a second already holds: it may have changed here.
local function readSecond(state, field, kind, moment, value)
  if second - moment > WINDOW then
    table.insert(state.gone, field)
    return
  end
  local window = state[kind]
  if window.buckets[moment] == nil then window.buckets[moment] = tonumber(value) end
end

local function readField(state, field, value)
  local name, part = string.match(field, '^(.*)|(%a+)$')
  if name then
    (state.budgets[name] or newBudget(state, name))[part] = value
  elseif field == 'run' then
    state.run = tonumber(value)
  end
end

local function readAll(state, readsSecondsAlone)
  state.isWhole = true
  if not readsSecondsAlone then state.hasAllBudgets = true end
  local flat = redis.call('HGETALL', state.key)
  for i = 1, #flat, 2 do
    local kind, moment = secondOf(flat[i])
    if kind then readSecond(state, flat[i], kind, moment, flat[i + 1])
    elseif not readsSecondsAlone then readField(state, flat[i], flat[i + 1]) end
  end
end

local function sumUp(window)
  for _, amount in pairs(window.buckets) do window.sum = window.sum + amount end
end

local PARTS = { 'start', 'end', 'spent', 'reserved', 'gen', 'watch' }

local function readBudgets(state, names)
  local fields, budgets = {}, {}
  for name in string.gmatch(names, '[^|]+') do
    table.insert(budgets, newBudget(state, name))
    for _, part in ipairs(PARTS) do table.insert(fields, name .. '|' .. part) end
  end
  if #budgets == 0 then return end
  local values = redis.call('HMGET', state.key, unpack(fields))
  for i, budget in ipairs(budgets) do
    for j, part in ipairs(PARTS) do budget[part] = values[(i - 1) * #PARTS + j] or nil end
  end
end

-- One that isn't among those that the sums name: an instance of an older version may have made it since.
local function openBudget(state, name)
  if state.hasAllBudgets then return newBudget(state, name) end
  readBudgets(state, name)
  return state.budgets[name]
end

-- What was summed up in this second is read; once a second all is.
local function stateOf(key)
  local state = states[key]
  if state then return state end
  state = { key = key, run = 0, r = { buckets = {}, sum = 0, touched = {} }, t = { buckets = {}, sum = 0, touched = {} }, budgets = {}, gone = {} }
  states[key] = state
  local kept = redis.call('HMGET', key, 'run', 'sums', 'r' .. secondText, 't' .. secondText)
  local at, requests, tokens, names = string.match(kept[2] or '', '^(%S+) (%d+) (%d+)(.*)$')
  if at == stamp then
    state.run = tonumber(kept[1] or 0)
    state.r.sum, state.t.sum = tonumber(requests), tonumber(tokens)
    state.r.buckets[second], state.t.buckets[second] = tonumber(kept[3] or 0), tonumber(kept[4] or 0)
    readBudgets(state, names)
  else
    readAll(state, false)
    isSummedUp = true
    sumUp(state.r)
    sumUp(state.t)
  end
  return state
end

-- The minute of a scope, second by second.
local function secondsOf(state, kind)
  if not state.isWhole then readAll(state, true) end
  return state[kind].buckets
end

local function amountIn(state, kind, moment)
  local amount = state[kind].buckets[moment]
  if amount then return amount end
  return state.isWhole and 0 or tonumber(redis.call('HGET', state.key, kind .. text(moment)) or 0)
end

local function count(state, kind, moment, amount)
  local window, before = state[kind], amountIn(state, kind, moment)
  local after = math.max(0, before + amount)
  window.buckets[moment] = after
  window.sum = math.max(0, window.sum + after - before)
  window.touched[moment] = true
  state.isChanged = true
end

local function run(state, amount)
  state.run = math.max(0, state.run + amount)
  state.isChanged = true
end

local function writeWindow(state, kind, flat)
  local window = state[kind]
  for moment in pairs(window.touched) do
    table.insert(flat, kind .. text(moment))
    table.insert(flat, text(window.buckets[moment]))
  end
end

local function writeState(state)
  local names, flat = '', { 'run', text(state.run) }
  writeWindow(state, 'r', flat)
  writeWindow(state, 't', flat)
  for name, budget in pairs(state.budgets) do
    names = names .. '|' .. name
    for part in pairs(budget.touched) do
      if budget[part] then
        table.insert(flat, name .. '|' .. part)
        table.insert(flat, budget[part])
      else
        table.insert(state.gone, name .. '|' .. part)
      end
    end
  end
  table.insert(flat, 'sums')
  table.insert(flat, stamp .. ' ' .. text(state.r.sum) .. ' ' .. text(state.t.sum) .. names)
  redis.call('HSET', state.key, unpack(flat))
end

local function writeStates()
  for _, state in pairs(states) do
    if state.isChanged then writeState(state) end
    if #state.gone > 0 then redis.call('HDEL', state.key, unpack(state.gone)) end
  end
end
