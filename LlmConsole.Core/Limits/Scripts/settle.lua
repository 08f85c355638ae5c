-- Settles a call, or cancels it.
local ended = {}

local function giveBack(call)
  for _, scope in ipairs(call.scopes) do
    local state = stateOf(scope.key)
    run(state, -1)
    for _, held in ipairs(scope.held) do
      local budget = state.budgets[held[1]]
      if budget and budget.start == held[2] and held[3] ~= '0' then setBudget(state, budget, 'reserved', difference(budget.reserved, held[3])) end
    end
  end
end

local function spend(state, budget, call, used)
  local at = tonumber(call.at)
  if at < tonumber(budget.start) then return end
  if budget['end'] ~= '' and at >= tonumber(budget['end']) then
    -- It was admitted without this budget, which was not in force then: the period that it came in didn't begin at nothing.
    if budget.gen then setBudget(state, budget, 'gen', nil) end
    return
  end
  if used[budget.unit] ~= '0' then setBudget(state, budget, 'spent', sum(budget.spent, used[budget.unit])) end

  -- Whoever is asking the books about this budget can't know whether they hold this call already.
  if budget.watch and budget.gen ~= gen and call.seq > tonumber(redis.call('HGET', state.key, budget.name .. '|wseq') or 0) then setBudget(state, budget, 'watch', nil) end
end

local function spendAll(key, call, used)
  local state = stateOf(key)
  for _, budget in pairs(state.budgets) do
    if budget.start then spend(state, budget, call, used) end
  end
end

local function correct(scope, call, kind, amount)
  if amount ~= 0 and second - call.second <= WINDOW then count(stateOf(scope.key), kind, call.second, amount) end
end

-- Keys beyond those of the call's record are those of whom it was made for without limits: they may have budgets all the same, of before or of now.
local function finish(isCancelled)
  local id, used, others = nextArgument(), { r = nextArgument(), t = nextArgument(), u = nextArgument() }, {}
  for i = 1, tonumber(nextArgument()) do others[i] = KEYS[tonumber(nextArgument())] end
  local packed = not ended[id] and redis.call('HGET', calls, id)
  if not packed then
    -- Its lease ended, or the store forgot it. The books have it.
    if gen then gen = text(redis.call('HINCRBY', tenant, 'gen', 1)) end
    return
  end
  local call = cjson.decode(packed)
  ended[id] = true
  table.insert(ended, id)
  giveBack(call)
  for _, scope in ipairs(call.scopes) do
    if isCancelled then
      correct(scope, call, 'r', -1)
      if scope.counts then correct(scope, call, 't', -tonumber(call.tokens)) end
    else
      if scope.counts then correct(scope, call, 't', tonumber(used.t) - tonumber(call.tokens)) end
      spendAll(scope.key, call, used)
    end
  end
  for _, key in ipairs(others) do
    if not isCancelled then spendAll(key, call, used) end
  end
end

