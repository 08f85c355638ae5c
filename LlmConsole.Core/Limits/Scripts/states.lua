-- What the scripts of a turn know of each scope: read once, changed here, and written once at the end.
local BILLION = 1000000000

local born, owner, lease = nextArgument(), nextArgument(), tonumber(nextArgument())
reap()
local header = redis.call('HMGET', tenant, 'born', 'gen', 'seq')
local isBorn, gen, seq = header[1] == born, header[2], tonumber(header[3])

-- Amounts in two parts, each exact as a Lua number.
local function parts(amount) return tonumber(string.sub(amount, 1, -10)) or 0, tonumber(string.sub(amount, -9)) end

local function joined(high, low)
  if high < 0 then return '0' end
  if high >= 9 * BILLION then return '9000000000000000000' end
  return high == 0 and text(low) or text(high) .. string.format('%09.0f', low)
end

local function sum(a, b)
  local aHigh, aLow = parts(a)
  local bHigh, bLow = parts(b)
  local low = aLow + bLow
  if low >= BILLION then return joined(aHigh + bHigh + 1, low - BILLION) end
  return joined(aHigh + bHigh, low)
end

-- Never below nothing.
local function difference(a, b)
  local aHigh, aLow = parts(a)
  local bHigh, bLow = parts(b)
  local low = aLow - bLow
  if low < 0 then return joined(aHigh - bHigh - 1, low + BILLION) end
  return joined(aHigh - bHigh, low)
end

local states = {}

local function set(state, field, value)
  state.changes[field] = value
  state.isChanged = true
end

local function unset(state, field)
  state.changes[field] = nil
  table.insert(state.gone, field)
end

local function setBudget(state, budget, part, value)
  budget[part] = value
  if value then set(state, budget.name .. '|' .. part, value) else unset(state, budget.name .. '|' .. part) end
end

local byte, sub = string.byte, string.sub

-- Most fields are seconds of the last minute, so they are told apart by their first bytes: r or t before a digit.
local function readField(state, field, value)
  local kind, digit = byte(field, 1, 2)
  if (kind == 114 or kind == 116) and digit and digit >= 48 and digit <= 57 then
    local moment = tonumber(sub(field, 2))
    if second - moment > WINDOW then
      unset(state, field)
      return
    end
    local window, amount = kind == 114 and state.r or state.t, tonumber(value)
    window.buckets[moment] = amount
    window.sum = window.sum + amount
    return
  end
  local name, part = string.match(field, '^(.*)|(%a+)$')
  if name then
    local budget = state.budgets[name] or { name = name, unit = sub(name, 1, 1) }
    state.budgets[name] = budget
    budget[part] = value
  elseif field == 'run' then
    state.run = tonumber(value)
  end
end

local function stateOf(key)
  local state = states[key]
  if state then return state end
  state = { key = key, run = 0, r = { buckets = {}, sum = 0 }, t = { buckets = {}, sum = 0 }, budgets = {}, changes = {}, gone = {} }
  local flat = redis.call('HGETALL', key)
  for i = 1, #flat, 2 do readField(state, flat[i], flat[i + 1]) end
  states[key] = state
  return state
end

local function count(state, kind, moment, amount)
  local window = state[kind]
  local before = window.buckets[moment] or 0
  local after = math.max(0, before + amount)
  window.buckets[moment] = after
  window.sum = window.sum + after - before
  set(state, kind .. text(moment), text(after))
end

local function run(state, amount)
  state.run = math.max(0, state.run + amount)
  set(state, 'run', text(state.run))
end

